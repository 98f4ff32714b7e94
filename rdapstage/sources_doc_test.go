package rdapstage

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"vacant"
	"vacant/rdapstage/facts"
)

var writeDocs = flag.Bool("write-docs", false, "write the table of docs/accuracy.md anew")

// documented are the suffixes of docs/accuracy.md, "Whom a question goes to", and
// what there is to say of each beyond its row.
var documented = []struct{ suffix, why string }{
	{"com", "no registry but Verisign; WHOIS only where RDAP fails"},
	{"dev", "Google runs no WHOIS"},
	{"io", "`rdap.nic.io` gave false 404s in 2026-09; Identity Digital's base is not listed either"},
	{"de", "DENIC documents its RDAP as a test operation whose 404 means free"},
	{"uk", "listed for `uk`"},
	{"co.uk", "Nominet runs it together with `uk`, so `uk`'s entry serves"},
	{"se", "no RDAP; the DAS speaks plain http"},
	{"nu", "as `se`: the same registry"},
	{"eu", "no RDAP; the DAS is EURid's cheapest door"},
	{"ch", "SWITCH documents its RDAP; its port 43 refuses"},
	{"li", "as `ch`: the same registry"},
	{"ws", "no NXDOMAIN in the zone: two sources would have to agree"},
	{"es", "answers registered addresses only"},
	{"google", "a brand's: nothing is asked, every name is `reserved`"},
	{"nl", "the DAS is the word `is` at the WHOIS server: one server, one source"},
	{"be", "no RDAP; the DAS takes 50 questions a minute, WHOIS 100 an hour"},
	{"lt", "no RDAP; the DAS is meant for many questions, WHOIS for 100 in 30 minutes"},
	{"si", "what its DAS says is known from clients, not from its registry"},
	{"no", "300 RDAP questions a day, says Norid; what its DAS says is known from clients"},
	{"co", "`rdap.nic.co` gave false 404s in 2026-09; this base is not listed either"},
	{"me", "Identity Digital's base answers for it though IANA does not list it"},
	{"us", "no RDAP"},
	{"it", "no RDAP"},
	{"ru", "no RDAP"},
	{"at", "no RDAP"},
	{"cz", "auctions answer 404 too, with words that say so"},
	{"jp", "no RDAP; asked `/e`, in English"},
	{"kg", "IANA lists plain http, which proves nothing"},
}

// docRow is the row of one suffix.
func (s *Stage) docRow(suffix, why string) string {
	var cells []string
	for _, e := range s.endpoints(suffix, facts.For(suffix)) {
		cells = append(cells, docCell(suffix, &e))
	}
	f := s.forecast(suffix)
	switch {
	case f.ClosedTLD:
		cells = []string{"nobody"}
	case len(cells) == 0:
		cells = []string{"nobody (`no-registry`)"}
	case f.Reason == vacant.ReasonNoRegistry:
		cells = append(cells, "nobody else (`no-registry`)")
	}
	return fmt.Sprintf("| `%s` | %s | %s |", suffix, strings.Join(cells, ", then "), why)
}

func docCell(suffix string, e *endpoint) string {
	text := map[vacant.Kind]string{vacant.KindRDAP: "RDAP", vacant.KindWHOIS: "WHOIS", vacant.KindDAS: "DAS"}[e.kind] + " `" + e.host + "`"
	var marks []string
	if e.kind == vacant.KindRDAP && e.source != sourceBootstrap {
		marks = append(marks, "unlisted")
	}
	if e.needsSecond {
		marks = append(marks, "not alone")
	}
	if len(marks) > 0 {
		text += " (" + strings.Join(marks, ", ") + ")"
	}
	return text
}

// TestDocumentsSayWhomAQuestionGoesTo holds the table of docs/accuracy.md against
// what is asked. -write-docs writes it.
func TestDocumentsSayWhomAQuestionGoesTo(t *testing.T) {
	const file, begin, end = "../docs/accuracy.md", "| suffix | asked, in this order | why so |\n|---|---|---|\n", "\n\n"
	s, err := New(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, d := range documented {
		rows = append(rows, s.docRow(d.suffix, d.why))
	}
	want := strings.Join(rows, "\n")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(text), begin)
	got, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no such table", file)
	}
	if *writeDocs {
		if err := os.WriteFile(file, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s says\n%s\nwhat is asked is\n%s\n(go test -run %s ./rdapstage -args -write-docs)", file, got, want, t.Name())
	}
}
