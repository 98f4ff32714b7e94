package lab

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const rdapType = "application/rdap+json"

// rdapServer is the RDAP service of one operator, a base URL for each of its TLDs.
type rdapServer struct {
	world     *World
	watch     Watch
	operator  *operator
	hostility *hostility
	rtt       time.Duration
	seq       atomic.Uint64
}

// ServeHTTP answers /TLD/domain/NAME.
func (s *rdapServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !sleep(r.Context(), s.rtt) {
		return
	}
	if !s.operator.allowRDAP(time.Now()) {
		w.Header().Set("Retry-After", "1")
		writeError(w, http.StatusTooManyRequests, "Rate limit exceeded", "Too many requests; slow down.")
		return
	}
	if strings.HasPrefix(r.URL.Path, elsewhere) {
		writeError(w, http.StatusNotFound, "Not Found", "No domain object was found.")
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
	case !s.hostility.rdap(&rdapCase{rdapServer: s, w: w, r: r, tld: tld, name: name, seq: s.seq.Add(1)}):
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
		writeError(w, http.StatusNotFound, "Reserved name", strings.ToUpper(name)+" is reserved by the registry and not available for registration.")
	}
}

func (s *rdapServer) found(w http.ResponseWriter, rec record) {
	writeJSON(w, http.StatusOK, domainObject(rec))
}

// notFound is the plain 404: without a body in com and its like, as Verisign
// sends it, with the error object of RFC 9083 section 6 elsewhere.
func (s *rdapServer) notFound(w http.ResponseWriter, tld, name string) {
	switch {
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
