package lab

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// rdapFaults is what goes wrong with RDAP.
type rdapFaults struct {
	all404        string // the TLD about which nothing is ever known
	limited404    bool
	after         int     // right answers per operator before it knows nothing, with limited404
	rate          float64 // requests a second instead of the lab's limit
	broken, empty float64
	html          bool
	forbid        bool // reserved names get a 403
	redirect      bool
	wrongName     bool
	slow          time.Duration
}

// Salts of the draws about one request.
const (
	saltBroken uint64 = iota + 200
	saltEmpty
)

const rdapType = "application/rdap+json"

// rdapServer is the RDAP service of one operator, a base URL for each of its TLDs.
type rdapServer struct {
	world    *World
	watch    Watch
	operator *operator
	faults   *rdapFaults
	rtt      time.Duration
	nowhere  string // base of the server that knows no name, for redirects
	seq      atomic.Uint64
}

// ServeHTTP answers /TLD/domain/NAME.
func (s *rdapServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !sleep(r.Context(), s.rtt+s.faults.slow) {
		return
	}
	if !s.operator.allowRDAP(time.Now()) {
		w.Header().Set("Retry-After", "1")
		writeError(w, http.StatusTooManyRequests, "Rate limit exceeded", "Too many requests; slow down.")
		return
	}
	tld, name, ok := splitPath(r.URL.Path)
	if ok {
		s.watch.tell(TellerRDAP, []byte(name))
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		writeError(w, http.StatusMethodNotAllowed, "Method Not Allowed", "Only GET and HEAD are answered.")
	case !ok:
		writeError(w, http.StatusBadRequest, "Bad Request", "Ask for /TLD/domain/NAME.")
	case !s.spoilt(w, r, tld):
		s.domain(w, tld, name)
	}
}

// splitPath takes /TLD/domain/NAME apart.
func splitPath(path string) (tld, name string, ok bool) {
	parts := strings.Split(strings.ToLower(strings.TrimPrefix(path, "/")), "/")
	if len(parts) != 3 || parts[1] != "domain" || parts[2] == "" {
		return "", "", false
	}
	return parts[0], strings.TrimSuffix(parts[2], "."), true
}

// spoilt answers wrongly where a fault says so.
func (s *rdapServer) spoilt(w http.ResponseWriter, r *http.Request, tld string) bool {
	f, h := s.faults, mix(s.world.seed^s.seq.Add(1))
	switch {
	case draw(h, saltBroken) < f.broken:
		http.Error(w, "internal error", http.StatusInternalServerError)
	case draw(h, saltEmpty) < f.empty:
		w.Header().Set("Content-Type", rdapType)
	case f.redirect:
		http.Redirect(w, r, s.nowhere+strings.TrimPrefix(r.URL.Path, "/"), http.StatusFound)
	case f.all404 == tld, f.limited404 && s.operator.right.Add(1) > int64(f.after):
		s.notFound(w, tld, "")
	default:
		return false
	}
	return true
}

// domain answers about a name; another operator's TLD is nothing it knows.
func (s *rdapServer) domain(w http.ResponseWriter, tld, name string) {
	suffix := s.world.sold([]byte(name))
	if suffix == nil || topLabel(name) != tld {
		s.notFound(w, tld, name)
		return
	}
	st := s.world.state([]byte(name), suffix)
	switch {
	case st.verdict == verdictRegistered:
		s.found(w, s.world.recordOf(name, suffix, st))
	case st.verdict == verdictAvailable || st.no == noPlain:
		s.notFound(w, tld, name)
	case st.verdict == verdictPremium:
		writeError(w, http.StatusNotFound, "Premium name available", strings.ToUpper(name)+" is not registered; it is available at a premium price.")
	default:
		writeError(w, s.withheldStatus(), "Reserved name", strings.ToUpper(name)+" is reserved by the registry and not available for registration.")
	}
}

// withheldStatus is what a reserved name's error is sent with.
func (s *rdapServer) withheldStatus() int {
	if s.faults.forbid {
		return http.StatusForbidden
	}
	return http.StatusNotFound
}

func (s *rdapServer) found(w http.ResponseWriter, rec record) {
	if s.faults.wrongName {
		rec.name = "another-" + rec.name
	}
	writeJSON(w, http.StatusOK, domainObject(rec))
}

// notFound is the plain 404: without a body in com and its like, as Verisign
// sends it, with the error object of RFC 9083 section 6 elsewhere.
func (s *rdapServer) notFound(w http.ResponseWriter, tld, name string) {
	switch {
	case s.faults.html:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<!doctype html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"))
	case verisignLike(tld):
		w.Header().Set("Content-Type", rdapType)
		w.WriteHeader(http.StatusNotFound)
	default:
		writeError(w, http.StatusNotFound, "Not Found", strings.TrimSpace("No domain object was found. "+strings.ToUpper(name)))
	}
}

// verisignLike reports whether a TLD's registry speaks as com's does.
func verisignLike(tld string) bool {
	return strings.Contains(" com net cc tv name ", " "+tld+" ")
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", rdapType)
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
