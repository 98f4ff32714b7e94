package facts

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// serviceWords are how docs/accuracy.md writes the services of limits.tsv.
var serviceWords = map[string]string{
	"rdap": "RDAP", "whois": "WHOIS", "das": "DAS", "each": "RDAP, WHOIS, each", "all": "RDAP and WHOIS together", "whois+das": "WHOIS and `is` together",
}

// TestDocumentsSayEveryLimit holds the table of limits in docs/accuracy.md against
// limits.tsv, row by row; only the operators' names are written otherwise there.
func TestDocumentsSayEveryLimit(t *testing.T) {
	text, err := os.ReadFile("../../docs/accuracy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| operator | service | limit kept | source |\n|---|---|---|---|\n")
	table, _, ended := strings.Cut(table, "| all others |")
	if !found || !ended {
		t.Fatal("docs/accuracy.md has no such table")
	}
	var got, want []string
	for line := range strings.Lines(table) {
		_, said, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		got = append(got, strings.TrimSpace(said))
	}
	rows(limitsTSV, 8, func(f []string) {
		want = append(want, serviceWords[f[1]]+" | "+parseLimit(f).String()+" | "+f[7]+" |")
	})
	if !slices.Equal(got, want) {
		t.Errorf("docs/accuracy.md has\n%s\nlimits.tsv has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
