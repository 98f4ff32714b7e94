//go:build linux

package campaign

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	root "vacant"
)

func verdicts(t *testing.T, text []byte) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	domain, verdict := slices.Index(rows[0], "domain"), slices.Index(rows[0], "verdict")
	got := make(map[string]string, len(rows))
	for _, row := range rows[1:] {
		got[row[domain]] = row[verdict]
	}
	return got
}

// printedText returns the whole lines of text.
func printedText(stdout []byte) []string {
	text := string(stdout)
	return strings.Fields(text[:strings.LastIndexByte(text, '\n')+1])
}

// summary is the last record of a hunt with --json.
type summary struct {
	End    string      `json:"end"`
	Counts root.Counts `json:"counts"`
}

// printedJSON returns the names of the records, and the summary where there is one.
func printedJSON(t *testing.T, stdout []byte) (names []string, sum *summary) {
	t.Helper()
	for line := range strings.Lines(string(stdout)) {
		var r struct {
			Domain  string
			Summary *summary
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		if sum = r.Summary; sum == nil {
			names = append(names, r.Domain)
		}
	}
	return names, sum
}

// except returns what of a is not in b, and what is in a twice.
func except(a, b []string) []string {
	left := make(map[string]int, len(b))
	for _, s := range b {
		left[s]++
	}
	var out []string
	for _, s := range a {
		if left[s]--; left[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}
