package store

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vacant"
)

var hostile = rapid.OneOf(rapid.SampledFrom([]string{"", `\.`, `\`, "a\\b", ",", `"`, "a,b", " a", "a ", "-1", "a-b", "=1", "＝1", "\u2028", "\ufffd", "\xff", "<&>", "\x7f", "\b\f\n\r\t\x01"}), rapid.String(),
	rapid.StringOf(rapid.SampledFrom([]rune(`a- ,"\.=+@:é`))))

// CSV and JSON come out as encoding/csv and encoding/json write them.
func TestCellsAreWrittenAsTheLibraryWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c cells
		var want []string
		for range rapid.IntRange(1, 5).Draw(t, "cells") {
			s := hostile.Draw(t, "cell")
			c.add(s)
			want = append(want, cell(vacant.SafeText(s)))
		}
		var lib bytes.Buffer
		w := csv.NewWriter(&lib)
		_ = w.Write(want)
		w.Flush()
		got := string(c.appendCSV(nil))
		if len(want) == 1 && want[0] == "" {
			got = strings.TrimSuffix(got, "\n") + "\n"
		}
		if got != lib.String() {
			t.Fatalf("got %q, want %q", got, lib.String())
		}
	})
}

func TestJSONTextIsWrittenAsTheLibraryWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Draw(t, "text")
		var lib bytes.Buffer
		enc := json.NewEncoder(&lib)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(s)
		if got := string(appendJSON(nil, s)) + "\n"; got != lib.String() {
			t.Fatalf("got %s, want %s", got, lib.String())
		}
	})
}

// The ledger of JSONL is that of vacant.Evidence.
func TestEvidenceIsWrittenAsTheLibraryWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyResult(t, "a-b.com")
		for i := range r.Evidence {
			e := &r.Evidence[i]
			e.At = e.At.UTC()
			for _, s := range []*string{&e.Control, &e.Asked, &e.Server, &e.Code, &e.Says, &e.Excerpt, &e.Via} {
				*s = vacant.SafeText(*s)
			}
			e.Kind, e.Reason = vacant.Kind(vacant.SafeText(string(e.Kind))), vacant.Reason(vacant.SafeText(string(e.Reason)))
		}
		var lib bytes.Buffer
		enc := json.NewEncoder(&lib)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(append([]vacant.Evidence{}, r.Evidence...))
		if got := "[" + string(appendEvidence(nil, r.Evidence)) + "]\n"; got != lib.String() {
			t.Fatalf("got  %s\nwant %s", got, lib.String())
		}
	})
}
