package rdapstage

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/reading"
)

// reply is what came of one question.
type reply struct {
	reading.Reading
	ev        vacant.Evidence
	limited   bool          // told to slow down
	pause     time.Duration // ... for that long, 0 = not said
	silent    bool          // no answer, or none that ended
	cold      bool          // ... because there was no connection
	barred    bool          // refused as a client (403) or by a broken server (5xx): to be asked again, gently
	empty     bool          // a 404 without a body
	fresh     bool          // it came over a connection that was opened for it
	text      []byte        // of a WHOIS server
	shapes    *shapes       // ... of its "no"
	misshapen bool          // ... which a random label's is not like
	unclear   bool          // ... as far as was seen: another is to tell
	date      string        // what time an HTTP server has it
}

// exchange asks one question and reads what comes back, whatever that is.
func (s *Stage) exchange(ctx context.Context, q *question) reply {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Query)
	defer cancel()
	var r reply
	switch l := q.lane; {
	case l.kind == vacant.KindRDAP:
		r = s.askRDAP(ctx, q)
	case !l.port43():
		r = s.askFreeHTTP(ctx, q)
	default:
		r = s.askPort43(ctx, q)
	}
	r.ev.At, r.ev.Kind, r.ev.Server = s.now(), q.lane.kind, q.lane.host
	if r.ev.Asked == "" {
		r.ev.Asked = string(q.name)
	}
	if r.Code != "" {
		r.ev.Code = r.Code
	}
	switch q.kind {
	case askControl:
		r.ev.Control = "registered"
	case askFree:
		r.ev.Control = "free"
	}
	r.testify()
	return r
}

// testify lets the evidence say what the reply was read as, after each change of that.
func (r *reply) testify() {
	r.ev.Says, r.ev.Reason, r.ev.Excerpt = r.Verdict.String(), r.Reason, reading.Clip(r.Matched)
}

func (s *Stage) askRDAP(ctx context.Context, q *question) reply {
	var fresh atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if !got.Reused {
			fresh.Store(true)
		}
	}})
	asker := q.asker
	switch {
	case asker == nil: // a question that nothing depends on
		asker = s.asker
	case !q.line.kept():
		defer asker.Idle()
	}
	page, err := asker.Domain(ctx, q.lane.url, q.name, q.lane.hand())
	if err != nil {
		return reply{Reading: failure(err), silent: !ask.Refused(err), fresh: true, ev: vacant.Evidence{Asked: string(q.name)}}
	}
	got := reading.RDAPReply{URL: page.URL, FinalURL: page.FinalURL, Status: page.Status, ContentType: page.ContentType,
		Body: page.Body, RetryAfter: page.RetryAfter, Trusted: q.lane.hand()}
	// A random label may be answered by an empty 404; that this endpoint does so is what it teaches.
	got.EmptyOK = q.kind == askFree || q.emptyOK
	r := reply{Reading: q.lane.readRDAP(q.name, got), fresh: fresh.Load(), date: page.Date,
		ev: vacant.Evidence{Asked: got.URL, Code: strconv.Itoa(got.Status)}}
	r.empty = got.Status == http.StatusNotFound && len(strings.TrimSpace(string(got.Body))) == 0
	r.heed(&got, s.now())
	return r
}

// heed draws from an RDAP reply's status whether we are told to slow down, or are refused.
func (r *reply) heed(got *reading.RDAPReply, now time.Time) {
	switch got.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		r.limited = true
		r.pause = retryAfter(got.RetryAfter, now)
		// Without a time it may be a limit, or a server that is down for good.
		r.barred = got.Status == http.StatusServiceUnavailable && r.pause == 0
	case http.StatusForbidden:
		// A wall in front of the registry refuses us with a page; RDAP itself
		// refuses a name with an error object (RFC 9083 section 6), which is an answer.
		r.barred = !strings.Contains(got.ContentType, "rdap+json")
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		r.barred = true
	default:
		r.limited = r.Reason == vacant.ReasonRateLimited
		r.pause = r.Pause
	}
}

// knownNo is a reply that read as a "no", its own name masked: the same octets
// about another name are the same "no".
type knownNo struct {
	reply   reading.RDAPReply
	masked  []byte
	reading reading.Reading
}

// readRDAP is [reading.RDAP], with the last "no" of the lane remembered: a
// registry says thousands of them in the same octets, and reading one takes
// longer than asking for it.
func (l *lane) readRDAP(name vacant.Name, r reading.RDAPReply) reading.Reading {
	masked := mask(r.Body, string(name))
	if no := l.lastNo.Load(); no != nil && no.reply.Status == r.Status && no.reply.ContentType == r.ContentType &&
		no.reply.EmptyOK == r.EmptyOK && bytes.Equal(no.masked, masked) && reading.BadRoute(name, r) == "" {
		return no.reading
	}
	said := reading.RDAP(name, r)
	// Its words are not the next name's, nor a name in it that mask has overlooked.
	if said.Verdict == vacant.Available && !containsFold(said.Matched, string(name)) && !containsFold(string(masked), string(name)) {
		l.lastNo.Store(&knownNo{r, masked, said})
	}
	return said
}

func containsFold(text, name string) bool {
	return strings.Contains(strings.ToLower(text), name)
}

// mask takes the name asked about, as it is and in upper case, out of a body.
func mask(body []byte, name string) []byte {
	body = bytes.ReplaceAll(body, []byte(name), []byte{0})
	return bytes.ReplaceAll(body, []byte(strings.ToUpper(name)), []byte{0})
}

func (s *Stage) askPort43(ctx context.Context, q *question) reply {
	l := q.lane
	query := ask.WHOISQuery(l.speaks, q.name)
	if l.kind == vacant.KindDAS {
		query = ask.DASQuery(l.dasSet, q.name)
	}
	text, err := s.asker.Line(ctx, l.base, query, l.hand())
	switch {
	case err != nil:
		return reply{Reading: failure(err), silent: !ask.Refused(err), cold: !text.Connected}
	case len(text.Bytes) == 0:
		// Throttled WHOIS servers fall silent rather than say so.
		return reply{Reading: reading.Reading{Reason: vacant.ReasonBadReply, Matched: "empty reply"}, silent: true}
	}
	r := reply{Reading: l.readText(q.name, text.Bytes), text: text.Bytes}
	if l.kind == vacant.KindWHOIS && r.Verdict == vacant.Available {
		r.shapes = shapesOf(text.Bytes, q.name)
	}
	r.limited = r.Reason == vacant.ReasonRateLimited || r.Reason == vacant.ReasonLockedOut
	r.pause = r.Pause
	return r
}

// readText reads what a WHOIS server or DAS sent.
func (e *endpoint) readText(name vacant.Name, text []byte) reading.Reading {
	if e.kind == vacant.KindDAS {
		return reading.DAS(e.dasSet, e.speaks, name, e.hand(), text)
	}
	return reading.WHOIS(e.speaks, name, e.hand(), text)
}

// failure is how an exchange without a whole reply reads.
func failure(err error) reading.Reading {
	why := vacant.ReasonUnreachable
	if ask.Refused(err) {
		why = vacant.ReasonBadReply
	}
	return reading.Reading{Reason: why, Matched: err.Error()}
}

// retryAfter reads a Retry-After header (RFC 9110 section 10.2.3): seconds or a
// date. 0 means that it says nothing usable.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(n) || n < 0 {
			return 0
		}
		return clampPause(time.Duration(min(n, maxPause.Seconds()) * float64(time.Second)))
	}
	at, err := http.ParseTime(text)
	if err != nil || !at.After(now) {
		return 0
	}
	return clampPause(at.Sub(now))
}
