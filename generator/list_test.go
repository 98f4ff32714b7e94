package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"vacant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// runList runs a list from stdin and returns what it made and each bad line as "number: why".
func runList(t *testing.T, text string, cfg Config) (got, bad []string, counts Counts) {
	t.Helper()
	cfg.Lists, cfg.Stdin = []string{"-"}, strings.NewReader(text)
	cfg.BadLine = func(source string, line int, text string, why error) {
		bad = append(bad, fmt.Sprintf("%s:%d: %v", source, line, why))
	}
	g := mustNew(t, cfg)
	for _, m := range mustCollect(t, g) {
		if m.index != vacant.NoIndex {
			t.Errorf("%s of a list has index %d", m.name, m.index)
		}
		got = append(got, m.name)
	}
	counts = g.Counts()
	if counts.Generated != uint64(len(got))+counts.Invalid+counts.Duplicate+counts.KnownChunks || counts.Invalid != uint64(len(bad)) {
		t.Errorf("counts %+v with %d made and %d bad", counts, len(got), len(bad))
	}
	return got, bad, counts
}

func TestListLines(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // names made
		bad        string // "-:line: ...part of why...", separated by ";"
	}{
		{"full names", "a.com\nb.co.uk\n", "a.com b.co.uk", ""},
		{"bare labels take the TLDs", "a\n", "a.com a.dev", ""},
		{"no line end at the end", "a.com\nb.com", "a.com b.com", ""},
		{"CRLF", "a.com\r\nb.com\r\n", "a.com b.com", ""},
		{"BOM", "\ufeffa.com\nb.com", "a.com b.com", ""},
		{"an invisible character is mapped away by IDNA", "a.com\n\ufeffb.com", "a.com b.com", ""},
		{"blank lines and comments", "\n  \n# no.com\na.com # mine\n\t#x\nb.com\t# y\n", "a.com b.com", ""},
		{"a # inside is no comment", "a#b.com", "", "-:1: character not allowed"},
		{"upper case, space, trailing dot", "  A.Com. \n", "a.com", ""},
		{"IDN", "Bücher.de\nstraße\n", "xn--bcher-kva.de xn--strae-oqa.com xn--strae-oqa.dev", ""},
		{"an ideographic full stop", "a\u3002com\n", "a.com", ""},
		{"bad A-label", "xn--a.com\nxn--99999999999\n", "", "-:1: not a valid internationalised;-:2: not a valid internationalised"},
		{"two dots", "a..com\n..\n.\n.com\n", "", "-:1: empty label;-:2: empty label;-:3: empty;-:4: empty label"},
		{"NUL", "a\x00b.com\n\x00\n", "", "-:1: character;-:2: character"},
		{"underscore", "_dmarc.com\na_b\n", "", "-:1: underscore;-:2: underscore"},
		{"addresses", "192.0.2.1\n2001:db8::1\n[::1]\n", "", "-:1: IP address;-:2: IP address;-:3: IP address"},
		{"URL", "https://www.a.com/x?y\n", "", "-:1: host part alone, www.a.com"},
		{"path", "a.com/x\n", "", "-:1: host part alone"},
		{"mail", "me@a.com\n", "", "-:1: mail address"},
		{"wildcard", "*.a.com\n", "", "-:1: wildcard"},
		{"too deep", "www.a.com\n", "", "-:1: more than one label"},
		{"a suffix itself", "co.uk\n", "", "-:1: public suffix itself"},
		{"private suffix", "a.github.io\n", "", "-:1: private party"},
		{"unknown suffix", "a.nosuchtld\n", "", "-:1: no public suffix"},
		{"hyphens", "-a\na-.com\nab--c.com\n", "", "-:1: hyphen;-:2: hyphen;-:3: hyphen"},
		{"emoji", "\U0001f600\u200d.com\n", "", "-:1: not a valid internationalised"},
		{"long label", strings.Repeat("a", 64) + "\n" + strings.Repeat("b", 63) + ".com\n", strings.Repeat("b", 63) + ".com", "-:1: longer than 63"},
		{"1 MB line", strings.Repeat("a", 1<<20) + "\nb.com\n", "b.com", "-:1: longer than 4096"},
		{"1 MB of NUL without end", "b.com\n" + strings.Repeat("\x00", 1<<20), "b.com", "-:2: longer than 4096"},
		{"UTF-16", "\xff\xfea\x00.\x00c\x00o\x00m\x00\n", "", "-:1: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, bad, _ := runList(t, tt.text, Config{TLDs: []string{"com", "dev"}})
			if strings.Join(got, " ") != tt.want {
				t.Errorf("made %q, want %q", got, tt.want)
			}
			var want []string
			if tt.bad != "" {
				want = strings.Split(tt.bad, ";")
			}
			if len(bad) != len(want) {
				t.Fatalf("bad lines %q, want %q", bad, want)
			}
			for i := range bad {
				where, why, _ := strings.Cut(want[i], " ")
				if !strings.HasPrefix(bad[i], where) || !strings.Contains(bad[i], why) {
					t.Errorf("bad line %q, want %q", bad[i], want[i])
				}
			}
		})
	}
}

func TestLinesAreCutTheSameWhereverReadsEnd(t *testing.T) {
	text := "\ufeffa.com\r\nb.com\n\n" + strings.Repeat("x", maxLine+10) + "\n" + strings.Repeat("y", maxLine) + "\nlast.com"
	split := func(size int) (lines []string) {
		var s splitter
		take := func(n int, line []byte, long bool) {
			lines = append(lines, fmt.Sprintf("%d %v %s", n, long, line))
		}
		for part := range slices.Chunk([]byte(text), size) {
			s.feed(part, take)
		}
		s.end(take)
		return lines
	}
	want := split(len(text))
	if len(want) != 6 || want[3] != "4 true "+strings.Repeat("x", maxLine) || want[5] != "6 false last.com" {
		t.Fatalf("lines %q", want)
	}
	for _, size := range []int{1, 2, 3, 7, 4095, 4096, 4097} {
		if got := split(size); !slices.Equal(got, want) {
			t.Errorf("in pieces of %d octets: %q, want %q", size, got, want)
		}
	}
}

func TestNamesOfListsThatTheSpaceMakesAreDuplicates(t *testing.T) {
	cfg := Config{Patterns: []string{"[a-c]"}, Names: []string{"b.com", "b", "d.com", "d.com", "bad_one"}}
	g := mustNew(t, cfg)
	got := mustCollect(t, g)
	if want := []string{"d.com", "d.com", "a.com", "b.com", "c.com"}; !slices.Equal(names(got), want) {
		t.Errorf("made %q, want %q", names(got), want)
	}
	if want := (Counts{Generated: 8, Invalid: 1, Duplicate: 2}); g.Counts() != want {
		t.Errorf("counts %+v, want %+v", g.Counts(), want)
	}
	cfg.DedupLists = true
	g = mustNew(t, cfg)
	if got := mustCollect(t, g); len(got) != 4 || g.Counts().Duplicate != 3 {
		t.Errorf("with DedupLists made %q, counts %+v", names(got), g.Counts())
	}
}

func TestABatchHoldsNamesOfTheSpaceOrOfLists(t *testing.T) {
	g := mustNew(t, Config{Patterns: []string{"[a-c]"}, Names: []string{"x.com"}, Lists: []string{"-"}, Stdin: strings.NewReader("y.com\n")})
	out := make(chan *vacant.Batch, 10)
	if err := g.Run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	close(out)
	for b := range out {
		for _, index := range b.Index {
			if (index == vacant.NoIndex) != (b.Index[0] == vacant.NoIndex) {
				t.Errorf("a batch with the indexes %d", b.Index)
			}
		}
	}
}

func TestFiltersAndAffixesHoldForLists(t *testing.T) {
	got, _, c := runList(t, "abc\nabcdef.com\na-b.com\nxyz\n", Config{MaxLength: 5, NoHyphen: true, Prefixes: []string{"x", "y"}, Affixes: []string{"x"}})
	want := "xabc.com xabcx.com yabc.com yabcx.com abcx.com xxyz.com xxyzx.com yxyz.com yxyzx.com xyzx.com"
	slices.Sort(got)
	wanted := strings.Fields(want)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) || c.Generated != 10 {
		t.Errorf("made %q, counts %+v, want %q", got, c, wanted)
	}
	got, _, c = runList(t, "x\n", Config{Prefixes: []string{"x"}, Affixes: []string{"x"}})
	if strings.Join(got, " ") != "xx.com xxx.com" || c.Generated != 2 {
		t.Errorf("made %q, counts %+v, want xx.com and xxx.com, each once", got, c)
	}
}

func TestShardsOfListsAreDisjointAndWhole(t *testing.T) {
	var text strings.Builder
	for i := range 300 {
		fmt.Fprintf(&text, "name%d.com\nbad_%d\n", i, i)
	}
	var all []string
	invalid := uint64(0)
	for shard := 1; shard <= 3; shard++ {
		got, _, c := runList(t, text.String(), Config{Shard: shard, ShardsTotal: 3})
		if len(got) < 60 {
			t.Errorf("shard %d has %d of 300 names", shard, len(got))
		}
		all = append(all, got...)
		invalid += c.Invalid
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 300 || len(all) != 300 || invalid != 300 {
		t.Errorf("the shards made %d names and %d invalid, want 300 each", len(all), invalid)
	}
}

func TestUnreadableListsFailBeforeAnythingIsMade(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone.txt")
	for _, cfg := range []Config{{Lists: []string{gone}}, {Lists: []string{t.TempDir()}}, {Wordlist: gone}, {Wordlist: t.TempDir()}} {
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "list: ") {
			t.Errorf("New(%+v) = %v, want an error that names the flag", cfg, err)
		}
	}
	path := writeFile(t, "b.com\n")
	g := mustNew(t, Config{Names: []string{"a.com"}, Lists: []string{path}})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got, err := collect(t, g); !errors.Is(err, os.ErrNotExist) || len(got) > 0 {
		t.Errorf("made %q, error %v, want nothing and ErrNotExist", names(got), err)
	}
	for _, cfg := range []Config{{Lists: []string{"-"}}, {Lists: []string{"-", "-"}, Stdin: strings.NewReader("")}, {Lists: []string{"-"}, Wordlist: "-", Stdin: strings.NewReader("")}} {
		if _, err := New(cfg); !errors.Is(err, ErrUsage) {
			t.Errorf("New(%+v) = %v, want one of usage", cfg, err)
		}
	}
}

func TestAListThatBreaksOffIsAnError(t *testing.T) {
	broken := errors.New("the disk went away")
	in := io.MultiReader(strings.NewReader("a.com\nb.co"), iotest.ErrReader(broken))
	g := mustNew(t, Config{Lists: []string{"-"}, Stdin: in})
	got, err := collect(t, g)
	if !errors.Is(err, broken) || strings.Join(names(got), " ") != "a.com" {
		t.Errorf("made %q, error %v, want a.com alone and the reader's error", names(got), err)
	}
	idle := readerFunc(func([]byte) (int, error) { return 0, nil })
	g = mustNew(t, Config{Lists: []string{"-"}, Stdin: idle})
	if _, err := collect(t, g); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing for ever: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestASlowListIsAnsweredWithoutWaitingForItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, writer := io.Pipe()
		g := mustNew(t, Config{Lists: []string{"-"}, Stdin: in})
		out := make(chan *vacant.Batch)
		done := make(chan error, 1)
		go func() { done <- g.Run(t.Context(), out) }()
		for i := range 3 {
			begin := time.Now()
			if _, err := fmt.Fprintf(writer, "name%d.com\n", i); err != nil {
				t.Fatal(err)
			}
			b := <-out
			if waited := time.Since(begin); waited > flushAfter || b.Len() != 1 {
				t.Errorf("%d names after %v", b.Len(), waited)
			}
			time.Sleep(time.Second) // of the bubble's clock: the timer fires with nothing held
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestASteadyTrickleDoesNotPutOffTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, writer := io.Pipe()
		g := mustNew(t, Config{Lists: []string{"-"}, Stdin: in})
		out := make(chan *vacant.Batch)
		done := make(chan error, 1)
		go func() { done <- g.Run(t.Context(), out) }()
		begin := time.Now()
		go func() {
			for i := range 10 {
				_, _ = fmt.Fprintf(writer, "name%d.com\n", i)
				time.Sleep(flushAfter * 3 / 4)
			}
			_ = writer.Close()
		}()
		b := <-out
		if waited := time.Since(begin); waited > flushAfter || b.Len() != 2 {
			t.Errorf("%d names after %v, want the first two after %v", b.Len(), waited, flushAfter)
		}
		for n := b.Len(); n < 10; {
			n += (<-out).Len()
		}
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestACancelledRunDoesNotWaitForStdin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, writer := io.Pipe()
		g := mustNew(t, Config{Lists: []string{"-"}, Stdin: in})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- g.Run(ctx, make(chan *vacant.Batch)) }()
		synctest.Wait()
		cancel()
		if err := <-done; err == nil {
			t.Error("Run = nil after its context ended")
		}
		_ = writer.Close() // lets the reading goroutine go
	})
}

func TestLongListsTakeConstantMemoryAndKeepTheirOrder(t *testing.T) {
	const n = 50_000
	var text bytes.Buffer
	for i := range n {
		fmt.Fprintf(&text, "name%d.com\n", i)
	}
	got, _, _ := runList(t, text.String(), Config{})
	if len(got) != n {
		t.Fatalf("made %d names, want %d", len(got), n)
	}
	for i, name := range got {
		if name != fmt.Sprintf("name%d.com", i) {
			t.Fatalf("name %d is %s", i, name)
		}
	}
}

func TestWordlistLines(t *testing.T) {
	path := writeFile(t, "\ufeffOne\r\n# no\n\ntwo # yes\nthree.com\nbad_word\none\n"+strings.Repeat("z", 5000)+"\n-x\nlast")
	var bad []int
	g := mustNew(t, Config{Wordlist: path, BadLine: func(source string, line int, _ string, why error) {
		if source != path || why == nil {
			t.Errorf("%s:%d: %v", source, line, why)
		}
		bad = append(bad, line)
	}})
	if got := strings.Join(names(mustCollect(t, g)), " "); got != "last.com one.com two.com" {
		t.Errorf("made %s", got)
	}
	if want := []int{5, 6, 8, 9}; !slices.Equal(bad, want) {
		t.Errorf("bad lines %d, want %d", bad, want)
	}
}

// FuzzListLine reads any text as a list: no panic, every name a candidate, and nothing lost.
func FuzzListLine(f *testing.F) {
	for _, seed := range []string{"a.com", "a", "https://a.com/", "\ufeffa.com\r\n", "..", "1.2.3.4", "bücher.de", "xn--", "a\x00", "a#b", "# c", "*.com",
		"-", "[::1]", "a@b.c", "a\u3002com", strings.Repeat("a", 300), "www.ck\nfoo.ck", "de"} {
		f.Add(seed)
	}
	suffixes := vacant.NewSuffixes()
	f.Fuzz(func(t *testing.T, text string) {
		got, _, _ := runList(t, text, Config{TLDs: []string{"com"}, DedupLists: true, Suffixes: suffixes})
		seen := map[string]bool{}
		for _, name := range got {
			n, err := vacant.ParseName(name)
			// A bare label may make a private suffix (de.com): it is a name under com all the same.
			known := suffixes.Check(n) == nil || n.Parent() == "com"
			if err != nil || string(n) != name || !known || seen[name] {
				t.Fatalf("%q gave %q: %v, known %v, seen %v", text, name, err, known, seen[name])
			}
			seen[name] = true
		}
	})
}
