package lab

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP is the service of a registry that answers over HTTP: /free?q=NAME,
// and a word with the name as plain text.
func (s *whoisServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !sleep(r.Context(), s.rtt) {
		return
	}
	name := strings.ToLower(r.URL.Query().Get("q"))
	if _, ok := s.operator.admit(time.Now(), s.manner.teller); !ok {
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	s.watch.tell(s.manner.teller, []byte(name))
	if r.URL.Path != "/free" || name == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	text := s.text(name)
	if text == s.manner.bad {
		text = "not_valid " + name
	}
	_, _ = io.WriteString(w, text) // a client that has gone needs no answer
}
