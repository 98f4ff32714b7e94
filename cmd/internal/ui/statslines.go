package ui

import (
	"fmt"
	"io"
	"strings"
	"time"

	"vacant"
)

// statsLines prints a line for each look.
type statsLines struct {
	w       io.Writer
	dnsOnly bool
}

func (s *statsLines) show(m meter) {
	line := huntLine
	if s.dnsOnly {
		line = namesLine
	}
	_, _ = fmt.Fprintf(s.w, "vacant: stats %s %s\n", line(m), queriesText(m))
}

func (s *statsLines) end() {}

func huntLine(m meter) string {
	p := &m.now
	return fmt.Sprintf("elapsed=%s asked=%d rate=%.0f/s inflight=%d delegated=%d queued=%d confirmed=%d confirm_rate=%.1f/s waiting=%d available=%d undetermined=%d",
		p.Elapsed.Round(time.Second), m.settled(), m.rate, p.DNS.Inflight, p.Counts.Delegated, p.Counts.Queued,
		m.confirmed(), m.confirmRate, p.Counts.Waiting, p.Counts.Available, p.Counts.Undetermined+p.Counts.UndeterminedDNS)
}

// namesLine is the progress of stage one alone: the time left, where anybody
// can tell, and the names by status.
func namesLine(m meter) string {
	p := &m.now
	var b strings.Builder
	fmt.Fprintf(&b, "elapsed=%s", p.Elapsed.Round(time.Second))
	if d := left(m.settled(), p.Total, m.rate); d > 0 {
		fmt.Fprintf(&b, " left=%s", d)
	}
	fmt.Fprintf(&b, " asked=%d rate=%.0f/s inflight=%d", m.settled(), m.rate, p.DNS.Inflight)
	for _, status := range statuses {
		fmt.Fprintf(&b, " %s=%d", status, p.DNS.ByStatus[status])
	}
	return b.String()
}

// statuses are those that a name can end in, as they are shown.
var statuses = []vacant.Status{
	vacant.StatusDelegated, vacant.StatusNXDomain, vacant.StatusNodata,
	vacant.StatusServfail, vacant.StatusRefused, vacant.StatusTimeout, vacant.StatusError,
}

// queriesText says what became of the queries.
func queriesText(m meter) string {
	d := &m.now.DNS
	text := fmt.Sprintf("sent=%d answered=%d retried=%d lost_by_us=%d lost_by_network=%d failed=%d",
		d.Asked, d.Answered, d.Resent, d.LostByUs, d.LostByNetwork, d.Failed)
	if d.Synthesised > 0 {
		text += fmt.Sprintf(" settled_without_query=%d", d.Synthesised)
	}
	return text
}
