package rdapstage

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/openrdap/rdap/bootstrap"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/reading"
)

// maxBootstrap bounds a bootstrap file; IANA's is about 50 KB.
const maxBootstrap = 4 << 20

// minIANA is the least number of TLDs in a file that can be IANA's: it had
// 1,198 in 2026-03, and registries are added, not removed.
const minIANA = 800

// ErrBootstrap wraps every refusal of a bootstrap file.
var ErrBootstrap = errors.New("not a usable RDAP bootstrap file")

// bootstrapTable maps a TLD to its RDAP base (RFC 9224). It is read-only once made.
type bootstrapTable struct {
	base      map[string]string
	byHand    bool
	published string // as the file says, for people
}

// parseBootstrap reads a bootstrap file and refuses one that is broken or, when
// it was not named by hand, cannot be IANA's. byHand lets bases be plain http or
// addresses, and the file be as short as its maker likes.
func parseBootstrap(json []byte, byHand bool) (*bootstrapTable, error) {
	if len(json) > maxBootstrap {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrBootstrap, maxBootstrap)
	}
	var registry *bootstrap.DNSRegistry
	// What the file says must not be able to end the process, whatever its reader makes of it.
	err := ask.Safely(func() (err error) { registry, err = bootstrap.NewDNSRegistry(json); return err })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBootstrap, err)
	}
	t := &bootstrapTable{base: make(map[string]string, len(registry.File().Entries)), byHand: byHand, published: reading.Clip(registry.File().Publication)}
	for entry, urls := range registry.File().Entries {
		if err := t.add(strings.ToLower(entry), urls); err != nil {
			return nil, err
		}
	}
	return t, t.check(registry.File())
}

// add takes one entry; a base that may not be used leaves the entry out.
func (t *bootstrapTable) add(suffix string, urls []*url.URL) error {
	for label := range strings.SplitSeq(suffix, ".") {
		if err := vacant.CheckLabel(label); err != nil {
			return fmt.Errorf("%w: entry %.80q: %w", ErrBootstrap, suffix, err)
		}
	}
	for _, u := range urls {
		if usableBase(u, t.byHand) {
			t.base[suffix] = withSlash(u)
			return nil
		}
	}
	return nil
}

// usableBase reports whether u may be asked: https to a host by name, or, named
// by hand, http too and any host.
func usableBase(u *url.URL, byHand bool) bool {
	host := u.Hostname()
	if host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	if byHand {
		return u.Scheme == "https" || u.Scheme == "http"
	}
	return u.Scheme == "https" && !facts.IsAddress(host) && strings.Contains(host, ".") && (u.Port() == "" || u.Port() == "443")
}

// withSlash returns u with the final slash that RFC 9224 wants.
func withSlash(u *url.URL) string { return strings.TrimSuffix(u.String(), "/") + "/" }

// check refuses a table that is empty or, not named by hand, is not IANA's: the
// wrong version, too short, without com, or with many entries moved to other
// operators at once, as a forged one would have.
func (t *bootstrapTable) check(file *bootstrap.File) error {
	// A list of nobody is one, in a world without RDAP; what is no such file has no version.
	if len(t.base) == 0 && (len(file.Entries) > 0 || !t.byHand || file.Version == "") {
		return fmt.Errorf("%w: no entry with a usable base", ErrBootstrap)
	}
	if t.byHand {
		return nil
	}
	if file.Version != "1.0" {
		return fmt.Errorf("%w: version %.20q, not 1.0", ErrBootstrap, file.Version)
	}
	if len(t.base) < minIANA {
		return fmt.Errorf("%w: %d entries, IANA lists more than %d", ErrBootstrap, len(t.base), minIANA)
	}
	return t.checkMoves()
}

// maxMoves is the share of entries (one in 10) that may have another operator
// than the embedded table says: registries do move, but not by the hundred.
const maxMoves = 10

func (t *bootstrapTable) checkMoves() error {
	old, moved, kept := embeddedBootstrap(), 0, 0
	for tld, base := range old.base {
		now, ok := t.base[tld]
		switch {
		case !ok:
		case facts.BaseOperator(now) == facts.BaseOperator(base):
			kept++
		case tld == "com" || tld == "net":
			return fmt.Errorf("%w: %s moved to %.200q", ErrBootstrap, tld, now)
		default:
			moved++
		}
	}
	if moved*maxMoves > moved+kept {
		return fmt.Errorf("%w: %d of %d known entries name another operator", ErrBootstrap, moved, moved+kept)
	}
	return nil
}

// embeddedBootstrap is IANA's table as of 2026-03.
var embeddedBootstrap = sync.OnceValue(func() *bootstrapTable {
	t := &bootstrapTable{base: map[string]string{}}
	for tld, f := range facts.TLDs() {
		if u, err := url.Parse(f.RDAPBase); err == nil && f.RDAPBase != "" && usableBase(u, false) {
			t.base[tld] = withSlash(u)
		}
	}
	return t
})

// baseFor returns the base for names under suffix: the entry of suffix itself,
// or its TLD's where that registry is known to run the suffix too. Walking up
// otherwise would ask the wrong registry, whose 404 proves nothing.
func (t *bootstrapTable) baseFor(suffix string) (base string, ok bool) {
	if base, ok = t.base[suffix]; ok {
		return base, true
	}
	_, tld, below := facts.CutTLD(suffix)
	if !below || !facts.SameRegistry(suffix) {
		return "", false
	}
	base, ok = t.base[tld]
	return base, ok
}
