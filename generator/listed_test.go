package generator

import (
	"fmt"
	"strings"
	"testing"

	"vacant"
)

func TestTheSizeOfListsIsGuessedWhileTheyAreRead(t *testing.T) {
	const names = 200_000
	var text strings.Builder
	for i := range names {
		fmt.Fprintf(&text, "name%06d.com\n", i)
	}
	g, err := New(Config{Lists: []string{writeFile(t, text.String())}})
	if err != nil {
		t.Fatal(err)
	}
	if got := g.Estimate(); got != 0 {
		t.Errorf("before the first read: %d", got)
	}
	out, done := make(chan *vacant.Batch), make(chan error, 1)
	go func() { done <- g.Run(t.Context(), out); close(out) }()
	seen := 0
	for b := range out {
		if seen += b.Len(); seen > names/4 && seen < 3*names/4 {
			if got := g.Estimate(); got < names*8/10 || got > names*12/10 {
				t.Fatalf("after %d names: %d, want about %d", seen, got, names)
			}
		}
		b.Release()
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := g.Estimate(); got != names {
		t.Errorf("at the end: %d, want %d", got, names)
	}
}

func TestNoSizeIsGuessedWhereNobodyCanTell(t *testing.T) {
	list := writeFile(t, "a.com\nb.com\n")
	for name, cfg := range map[string]Config{
		"stdin":   {Lists: []string{list, "-"}, Stdin: strings.NewReader("c.com\n")},
		"a space": {Lists: []string{list}, Patterns: []string{"[a-z]{2}"}, TLDs: []string{"com"}},
	} {
		g, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		mustCollect(t, g)
		if got := g.Estimate(); got != 0 {
			t.Errorf("%s: %d", name, got)
		}
	}
}
