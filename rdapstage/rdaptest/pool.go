package rdaptest

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// Balance chooses which of n servers behind one address answers: by the number
// of the connection, or of the request.
type Balance func(conn, request, n int) int

// ByTurns lets each request go to the next server.
func ByTurns(_, request, n int) int { return request % n }

// AtRandom lets each request go anywhere.
func AtRandom(_, _, n int) int { return rand.IntN(n) }

// ByConnection lets each connection go to the next server, and stay there.
func ByConnection(conn, _, n int) int { return conn % n }

type connKey struct{}

// ServePool starts a plain HTTP server of several that share an address.
func ServePool(tb testing.TB, balance Balance, servers ...http.Handler) *Server {
	tb.Helper()
	var conns, requests atomic.Int64
	s := &Server{}
	s.Server = httptest.NewUnstartedServer(s.counting(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connKey{}).(int64)
		servers[balance(int(conn), int(requests.Add(1)), len(servers))].ServeHTTP(w, r)
	})))
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, conns.Add(1))
	}
	s.Start()
	tb.Cleanup(s.Close)
	return s
}

// After lets h answer until n requests have come to any handler of the same
// After, and then another: servers that break at the same moment.
type After struct{ seen, N atomic.Int64 }

// Turn returns a handler that turns from h to then.
func (a *After) Turn(h, then http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.seen.Add(1) > a.N.Load() {
			then.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Closing answers with h and closes the connection each time.
func Closing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		h.ServeHTTP(w, r)
	})
}

// ClosingEvery answers with h and closes the connection about every n-th time.
func ClosingEvery(n int, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rand.IntN(n) == 0 {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}
