package rdaptest

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"
)

// Registered says which names exist.
type Registered func(name string) bool

// Names returns a Registered that knows these names alone.
func Names(names ...string) Registered {
	known := make(map[string]bool)
	for _, name := range names {
		known[name] = true
	}
	return func(name string) bool { return known[name] }
}

// Server is a running HTTP server that counts what it is asked.
type Server struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	times []time.Time
}

// Serve starts a plain HTTP server; it ends with the test.
func Serve(tb testing.TB, h http.Handler) *Server {
	tb.Helper()
	s := &Server{}
	s.Server = httptest.NewServer(s.counting(h))
	tb.Cleanup(s.Close)
	return s
}

// ServeTLS starts a server with httptest's certificate, which no system trusts.
func ServeTLS(tb testing.TB, h http.Handler) *Server {
	tb.Helper()
	s := &Server{}
	s.Server = httptest.NewUnstartedServer(s.counting(h))
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	tb.Cleanup(s.Close)
	return s
}

func (s *Server) counting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, path.Base(r.URL.Path))
		s.times = append(s.times, time.Now())
		s.mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

// Base returns the RDAP base URL.
func (s *Server) Base() string { return s.URL + "/rdap/" }

// Asked returns the last path element of every request, in order of arrival.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Times returns when the requests arrived.
func (s *Server) Times() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.times...)
}

// NameOf returns the name that a domain query asks about.
func NameOf(r *http.Request) string { return path.Base(r.URL.Path) }

func rdap(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/rdap+json")
	w.WriteHeader(status)
	_, _ = fmt.Fprint(w, body)
}

// Record is a domain object.
func Record(name string, status ...string) string {
	return fmt.Sprintf(`{"objectClassName":"domain","rdapConformance":["rdap_level_0"],"ldhName":%q,"status":[%s],
"events":[{"eventAction":"registration","eventDate":"2001-02-03T04:05:06Z"},{"eventAction":"expiration","eventDate":"2031-02-03T04:05:06Z"}]}`,
		strings.ToUpper(name), quoted(status))
}

func quoted(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(list, ",")
}

// NotFoundBody is an RDAP error as registries send it.
const NotFoundBody = `{"rdapConformance":["rdap_level_0"],"errorCode":404,"title":"Not Found","description":["object not found"]}`

// Honest answers by the book.
func Honest(is Registered) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := NameOf(r); is(name) {
			rdap(w, http.StatusOK, Record(name, "active"))
			return
		}
		NotFound(w, r)
	})
}

// NotFound answers 404 with an RDAP error to everything.
func NotFound(w http.ResponseWriter, _ *http.Request) { rdap(w, http.StatusNotFound, NotFoundBody) }

// Answer always answers the same.
func Answer(status int, contentType, body string, header ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	})
}

// Unregistered lets is answer the names that exist and other the rest: a server
// that passes its registered controls and misbehaves about free names.
func Unregistered(is Registered, other http.Handler) http.Handler {
	honest := Honest(is)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if is(NameOf(r)) {
			honest.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}

// FirstThen lets first answer n requests and then the rest.
func FirstThen(n int, first, then http.Handler) http.Handler {
	var mu sync.Mutex
	seen := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen++
		early := seen <= n
		mu.Unlock()
		if early {
			first.ServeHTTP(w, r)
			return
		}
		then.ServeHTTP(w, r)
	})
}

// Limit answers with h at most perSecond times in any second, and 429 else.
func Limit(perSecond int, h http.Handler) http.Handler {
	var mu sync.Mutex
	var times []time.Time
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now := time.Now()
		for len(times) > 0 && now.Sub(times[0]) >= time.Second {
			times = times[1:]
		}
		over := len(times) >= perSecond
		if !over {
			times = append(times, now)
		}
		mu.Unlock()
		if over {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// RedirectTo sends every request to target followed by the name.
func RedirectTo(target string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target+NameOf(r), http.StatusFound)
	})
}

// RedirectLoop sends every request to itself.
func RedirectLoop(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
}

// GzipBomb sends megabytes of spaces, well packed, before a not-found body.
func GzipBomb(megabytes int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusNotFound)
		z := gzip.NewWriter(w)
		spaces := []byte(strings.Repeat(" ", 1<<20))
		for range megabytes {
			if _, err := z.Write(spaces); err != nil {
				return
			}
		}
		_, _ = fmt.Fprint(z, NotFoundBody)
		_ = z.Close()
	})
}

// Drip sends a not-found body one octet at a time until the client is gone.
func Drip(every time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rdap+json")
		w.WriteHeader(http.StatusNotFound)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
				_, _ = w.Write([]byte(" "))
				_ = http.NewResponseController(w).Flush()
			}
		}
	})
}

// EndlessHeaders never comes to the end of its header.
func EndlessHeaders(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprint(conn, "HTTP/1.1 404 Not Found\r\n")
	for i := 0; ; i++ {
		if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
			return
		}
	}
}

// Mute takes requests and never answers.
func Mute(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// Bootstrap serves a bootstrap file that lists bases by TLD.
func Bootstrap(bases map[string]string) http.Handler {
	var services []string
	for tld, base := range bases {
		services = append(services, fmt.Sprintf(`[[%q],[%q]]`, tld, base))
	}
	return Answer(http.StatusOK, "application/json",
		fmt.Sprintf(`{"version":"1.0","publication":"2026-01-01T00:00:00Z","services":[%s]}`, strings.Join(services, ",")))
}
