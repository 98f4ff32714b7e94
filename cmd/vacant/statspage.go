package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"vacant"
	"vacant/store"
)

// How much of what can be long is shown; --json has all.
const (
	shownRuns     = 20
	shownSpaces   = 20
	shownSuffixes = 10
)

// statsPage prints what a store holds, for a person.
type statsPage struct {
	w *tabwriter.Writer
	s *store.Stats
}

func printStats(out io.Writer, s *store.Stats) error {
	p := &statsPage{tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), s}
	p.head()
	p.names()
	p.spaces()
	p.tables()
	p.buckets()
	p.runs()
	return p.w.Flush() // it has the first error
}

func (p *statsPage) row(cells ...any) {
	_, _ = fmt.Fprintln(p.w, strings.TrimRight(strings.Join(texts(cells), "\t"), "\t"))
}

// title begins a part of the page.
func (p *statsPage) title(cells ...any) {
	p.row()
	p.row(cells...)
}

func (p *statsPage) head() {
	p.row("store", vacant.SafeText(p.s.Path))
	p.row("world", vacant.SafeText(p.s.World))
	p.row("schema", p.s.Schema)
	p.row("file", byteCount(p.s.FileBytes))
	if p.s.Free > 0 {
		p.row("free in it", byteCount(p.s.Free))
	}
	if p.s.Names > 0 {
		p.row("names known", p.s.Names)
		p.row("bytes a name", fmt.Sprintf("%.1f", p.s.BytesPerName()))
	}
}

func (p *statsPage) names() {
	for _, verdict := range slices.Sorted(maps.Keys(p.s.Verdicts)) {
		p.row(verdict, p.s.Verdicts[verdict])
	}
	p.row("waiting", p.s.Waiting)
	if !p.s.Oldest.IsZero() {
		p.row("oldest check", stamp(p.s.Oldest))
		p.row("newest check", stamp(p.s.Newest))
	}
	if len(p.s.WaitingBy) < 2 {
		return
	}
	p.title("WAITING UNDER", "NAMES")
	by := p.s.WaitingBy
	suffixes := slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b)) })
	for _, suffix := range suffixes[:min(len(suffixes), shownSuffixes)] {
		p.row(vacant.SafeText(suffix), by[suffix])
	}
	p.more(len(suffixes) - shownSuffixes)
}

func (p *statsPage) more(n int) {
	if n > 0 {
		p.row(fmt.Sprintf("and %d more", n))
	}
}

func (p *statsPage) spaces() {
	if len(p.s.Spaces) == 0 {
		return
	}
	p.title("SPACE", "DELEGATED", "OF", "LAST RUN")
	for _, s := range p.s.Spaces[:min(len(p.s.Spaces), shownSpaces)] {
		size := "?"
		if s.Size > 0 {
			size = fmt.Sprint(s.Size)
		}
		p.row(s.ID[:8], s.Delegated, size, vacant.SafeText(s.Run))
	}
	p.more(len(p.s.Spaces) - shownSpaces)
}

func (p *statsPage) tables() {
	if len(p.s.Tables) == 0 {
		return
	}
	p.title("NAMES OF LISTS", "NAMES", "BYTES")
	for _, t := range p.s.Tables {
		state := ""
		if t.Merging {
			state = "merging"
		}
		p.row(fmt.Sprintf("table %d", t.Number), t.Names, t.Bytes, state)
	}
}

func (p *statsPage) buckets() {
	if len(p.s.Buckets) == 0 {
		return
	}
	p.title("BUCKET", "KEYS", "BYTES", "PAGE BYTES", "FILL", "BRANCH", "LEAF", "OVERFLOW")
	for _, b := range p.s.Buckets {
		fill := "-"
		if b.PageBytes > 0 {
			fill = fmt.Sprintf("%.0f%%", 100*b.Fill())
		}
		p.row(b.Name, b.Keys, b.Bytes, b.PageBytes, fill, b.Branch, b.Leaf, b.Overflow)
	}
}

func (p *statsPage) runs() {
	if len(p.s.Runs) == 0 {
		return
	}
	p.title("RUN", "STARTED", "END", "GENERATED", "AVAILABLE", "COMMAND")
	earlier := max(len(p.s.Runs)-shownRuns, 0)
	if earlier > 0 {
		p.row(fmt.Sprintf("%d earlier", earlier))
	}
	for _, r := range p.s.Runs[earlier:] {
		end := cmp.Or(r.End, "killed")
		p.row(r.ID, stamp(r.Started), end, r.Counts.Generated, r.Counts.Available, vacant.SafeText(r.Command))
	}
}

func texts(cells []any) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = fmt.Sprint(c)
	}
	return out
}
