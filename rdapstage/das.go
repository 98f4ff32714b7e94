package rdapstage

import (
	"context"
	"net/http"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/reading"
)

// overHTTP are the closed sets that are asked for over plain HTTP.
var overHTTP = map[string]bool{"iis": true}

// port43 reports whether the endpoint is asked by a line over a bare connection,
// so that a network that lets none through is told from a server that is down.
func (e *endpoint) port43() bool { return e.kind != vacant.KindRDAP && !overHTTP[e.dasSet] }

// dasEndpoint is an availability service of the embedded table.
func dasEndpoint(addr, set string, alone bool) endpoint {
	e := whoisEndpoint(addr, sourceEmbedded)
	e.kind, e.dasSet, e.needsSecond = vacant.KindDAS, set, !alone
	return e
}

// askFreeHTTP asks a service that speaks HTTP. Plain http can be answered by
// whatever is on the way, a cache or a sign-in page among them: only status 200
// from where it was asked, with a body out of the set, is an answer at all.
func (s *Stage) askFreeHTTP(ctx context.Context, q *question) reply {
	l := q.lane
	page, err := s.asker.Free(ctx, l.base, q.name, l.hand())
	if err != nil {
		return reply{Reading: failure(err), silent: !ask.Refused(err), ev: vacant.Evidence{Asked: string(q.name)}}
	}
	r := reply{ev: vacant.Evidence{Asked: page.URL}}
	switch {
	case page.Status == http.StatusTooManyRequests, page.Status == http.StatusServiceUnavailable:
		r.Reason, r.limited, r.pause = vacant.ReasonRateLimited, true, retryAfter(page.RetryAfter, s.now())
		r.barred = page.Status == http.StatusServiceUnavailable && r.pause == 0
	case page.Status != http.StatusOK, page.FinalURL != page.URL:
		r.Reason, r.Matched = vacant.ReasonBadReply, "HTTP "+http.StatusText(page.Status)
		r.barred = page.Status >= http.StatusInternalServerError || page.Status == http.StatusForbidden
	default:
		r.Reading = reading.DAS(l.dasSet, l.speaks, q.name, l.hand(), page.Body)
	}
	return r
}
