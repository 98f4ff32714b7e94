package rdapstage

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/reading"
)

// fail notes what is wrong; detail may be empty.
func (p *patient) fail(fault Fault, detail string) {
	p.f.Fault, p.f.Detail = fault, strings.Join(strings.Fields(detail), " ")
}

// says is a reply in one line.
func says(r *reply) string {
	words := r.Matched
	if words == "" {
		words = reading.Clip(string(r.text))
	}
	if r.ev.Code == "" || strings.Contains(words, r.ev.Code) {
		return words
	}
	return strings.TrimSpace("HTTP " + r.ev.Code + " " + words)
}

// date holds the server's clock against ours. Its header counts whole seconds,
// and was written some time between the question and the answer.
func (p *patient) date(r *reply, sent, got time.Time) {
	at, err := http.ParseTime(r.date)
	if err != nil {
		return
	}
	p.f.Dated, p.f.Skew = true, 0
	switch {
	case at.Before(sent.Add(-time.Second)):
		p.f.Skew = at.Sub(sent)
	case at.After(got):
		p.f.Skew = at.Sub(got)
	}
}

// diagnose notes why no answer came.
func (p *patient) diagnose(r *reply) {
	p.f.Reason = r.Reason
	switch {
	case r.limited && !r.barred:
		p.limited(r)
	case r.barred:
		p.fail(FaultBroken, says(r))
	case p.tr.lookupError() != nil:
		p.fail(FaultLookup, p.tr.lookupError().Error())
	case p.tr.tlsError() != nil:
		p.fail(FaultTLS, p.tr.tlsError().Error())
	case !p.tr.connected() && refusedAddress(r):
		p.fail(FaultAddress, r.Matched)
	case !p.tr.connected() && p.f.Proxy != "":
		p.fail(FaultProxy, p.tr.why(r))
	case !p.tr.connected():
		p.fail(FaultConnect, p.tr.why(r))
	case r.Matched == "empty reply":
		p.fail(FaultSilent, "it closes the connection without a word")
	case p.f.Answer >= p.s.cfg.Timing.Query*9/10:
		p.fail(FaultSilent, fmt.Sprintf("connected, then nothing whole within %s", p.f.Answer.Round(100*time.Millisecond)))
	default:
		p.fail(FaultSilent, "connected, then "+r.Matched[strings.LastIndex(r.Matched, ": ")+1:])
	}
}

// refusedAddress reports whether the guard of addresses stopped the dial.
func refusedAddress(r *reply) bool {
	return strings.Contains(r.Matched, ask.ErrForbiddenAddress.Error())
}

func (p *patient) limited(r *reply) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	p.f.Until = p.op.until
	fault := FaultLimited
	if p.lane.reasonLocked(s.now()) == vacant.ReasonLockedOut {
		fault = FaultLockedOut
	}
	p.fail(fault, says(r))
	p.f.Reason = reasons[fault]
}

// proxyOf returns the host of the proxy through which e is asked, "" for none.
func (s *Stage) proxyOf(e *endpoint) string {
	if e.url != nil {
		via, err := s.asker.Via(e.url)
		if err != nil {
			return fmt.Sprint(err)
		}
		if via != nil {
			return via.Host
		}
		return ""
	}
	if s.cfg.Proxy != nil {
		return s.cfg.Proxy.Host
	}
	return ""
}

// Proxies returns, each once and sorted, the proxies through which endpoints
// would be asked: --registry-proxy or those of the environment.
func Proxies(list []Finding) []string {
	var hosts []string
	for i := range list {
		if h := list[i].Proxy; h != "" && !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	slices.Sort(hosts)
	return hosts
}
