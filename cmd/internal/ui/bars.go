package ui

import (
	"fmt"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bars draws a bar for each stage. They have no colour, so NO_COLOR has nothing to forbid.
type bars struct {
	talk     *Talk
	progress *mpb.Progress
	one, two *mpb.Bar // two is nil where stage one runs alone

	oneText, twoText atomic.Value // string
}

func newBars(t *Talk, dnsOnly bool) *bars {
	b := &bars{talk: t, progress: mpb.New(mpb.WithOutput(t.Unwrap()), mpb.WithWidth(30), mpb.WithRefreshRate(refresh), mpb.WithAutoRefresh())}
	b.oneText.Store("")
	b.twoText.Store("")
	b.one = b.add("dns      ", &b.oneText)
	if !dnsOnly {
		b.two = b.add("registry ", &b.twoText)
	}
	t.divert(b.progress)
	return b
}

func (b *bars) add(name string, text *atomic.Value) *mpb.Bar {
	// A bar made with a total would complete by itself when it is reached, and take no other one.
	return b.progress.New(0, mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]"),
		mpb.BarFillerTrim(),
		mpb.PrependDecorators(decor.Name(name)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + text.Load().(string) })))
}

func (b *bars) show(m meter) {
	b.oneText.Store(oneText(m))
	set(b.one, m.settled(), max(m.now.Total, m.settled()))
	if b.two != nil {
		b.twoText.Store(twoText(m))
		set(b.two, m.confirmed(), m.now.Counts.Carried+m.now.Counts.Queued)
	}
}

// set moves a bar; it is never complete before the end, for the total may still grow.
func set(bar *mpb.Bar, done, total uint64) {
	bar.SetTotal(int64(total), false)
	bar.SetCurrent(int64(done))
}

func oneText(m meter) string {
	p := &m.now
	text := thousands(m.settled())
	if p.Total > 0 {
		about := "/"
		if !p.TotalExact {
			about = "/~"
		}
		text += about + thousands(p.Total)
	}
	text += fmt.Sprintf("  %s/s  %s in flight", thousands(uint64(max(m.rate, 0))), thousands(p.DNS.Inflight))
	if p.DNS.TimedOut > 0 {
		text += fmt.Sprintf("  %s lost", percent(p.DNS.TimedOut, p.DNS.Asked))
	}
	if d := left(m.settled(), p.Total, m.rate); d > 0 {
		text += fmt.Sprintf("  %s left", d)
	}
	return text
}

func twoText(m meter) string {
	c := &m.now.Counts
	text := fmt.Sprintf("%s confirmed  %s waiting  %s available", thousands(m.confirmed()), thousands(c.Waiting), thousands(c.Available))
	if d := left(m.confirmed(), c.Carried+c.Queued, m.confirmRate); d > 0 {
		text += fmt.Sprintf("  %s left", d)
	}
	return text
}

func (b *bars) end() {
	b.talk.divert(nil)
	b.one.Abort(true)
	if b.two != nil {
		b.two.Abort(true)
	}
	b.progress.Wait()
}
