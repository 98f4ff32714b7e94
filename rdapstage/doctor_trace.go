package rdapstage

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"
)

// trace watches how questions get to a server: the look-up of its name, the
// connection, TLS. Connections are kept, so later questions may add nothing.
type trace struct {
	mu sync.Mutex
	// All of it is guarded by mu: dials go on in goroutines of their own.
	lookup, dial, handshake error
	began, made             time.Time // the first connection, TLS included
	address                 string
	expires                 time.Time
}

// watch returns ctx with a watcher in it. Failures of the last question are forgotten.
func (t *trace) watch(ctx context.Context) context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lookup, t.dial, t.handshake = nil, nil, nil
	if t.began.IsZero() {
		t.began = time.Now()
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSDone:          func(i httptrace.DNSDoneInfo) { t.note(func() { t.lookup = i.Err }) },
		ConnectDone:      func(_, addr string, err error) { t.note(func() { t.dialled(addr, err) }) },
		GotConn:          func(i httptrace.GotConnInfo) { t.note(func() { t.got(&i) }) },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) { t.note(func() { t.secured(&s, err) }) },
	})
}

func (t *trace) note(what func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	what()
}

// dialled notes a connection, or an address that gave none.
func (t *trace) dialled(addr string, err error) {
	if err != nil {
		t.dial = err
		return
	}
	if t.address == "" {
		t.address, t.made = addr, time.Now()
	}
}

// got notes a connection that was there already.
func (t *trace) got(i *httptrace.GotConnInfo) {
	if t.address == "" {
		t.address = i.Conn.RemoteAddr().String()
	}
}

func (t *trace) secured(s *tls.ConnectionState, err error) {
	if t.handshake = err; err != nil {
		return
	}
	t.made = time.Now()
	if len(s.PeerCertificates) > 0 {
		t.expires = s.PeerCertificates[0].NotAfter
	}
}

func (t *trace) connected() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.address != ""
}

func (t *trace) lookupError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lookup
}

func (t *trace) tlsError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.handshake
}

// why says why there is no connection.
func (t *trace) why(r *reply) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dial != nil {
		return t.dial.Error()
	}
	return r.Matched
}

// tell completes a finding.
func (t *trace) tell(f *Finding) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.Address, f.Expires = t.address, t.expires
	if !t.made.IsZero() {
		f.Connect = t.made.Sub(t.began)
	}
}
