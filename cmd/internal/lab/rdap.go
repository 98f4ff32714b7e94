package lab

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

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
	if wait, ok := s.operator.admit(time.Now(), TellerRDAP); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(wait)))
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
	manner := registryOf(tld).rdap
	suffix := s.world.sold([]byte(name))
	if manner == nil || suffix == nil || topLabel(name) != tld || !s.operator.runs(tld) {
		s.notFound(w, tld, name)
		return
	}
	st := s.world.state([]byte(name), suffix)
	switch {
	case st.verdict == verdictRegistered:
		s.found(w, s.world.recordOf(name, suffix, st))
	case st.verdict == verdictAvailable || manner.withheld == nil:
		s.notFound(w, tld, name)
	default:
		manner.withheld(name, st).write(w)
	}
}

func (s *rdapServer) found(w http.ResponseWriter, rec record) {
	rdapJSON(http.StatusOK, domainObject(rec)).write(w)
}

// notFound is the plain 404 of a TLD's registry.
func (s *rdapServer) notFound(w http.ResponseWriter, tld, name string) {
	if manner := registryOf(tld).rdap; manner != nil {
		manner.notFound(name).write(w)
		return
	}
	plainNotFound(name).write(w)
}

func writeJSON(w http.ResponseWriter, status int, body any) { rdapJSON(status, body).write(w) }

// writeError sends an error object (RFC 9083 section 6).
func writeError(w http.ResponseWriter, status int, title, description string) {
	rdapRefusal(status, title, description).write(w)
}

// verisignLike reports whether a TLD's registry speaks as com's does.
func verisignLike(tld string) bool {
	return strings.Contains(" com net cc tv name ", " "+tld+" ")
}
