package dnsstage

import (
	"context"
	"slices"
	"strings"
	"time"
)

// A zone's servers can move while a run asks them. When all of them have fallen
// silent or turned lame, the zone is searched anew from the root; its names go
// on being put to the servers known, and end in their time if nothing is found.

const (
	firstRefind = 5 * time.Second // from one search of a zone to the next
	longRefind  = time.Minute     // doubling up to here: no outage costs the root more
)

// refind searches a zone anew, unless it was lately. Servers named by hand are
// what they are.
func (l *loop) refind(z *zone) {
	if z.resolver || z.state != zoneReady || z.refinding || l.now < z.refindAt || l.finder.pinned(z.suffix) {
		return
	}
	z.refindEvery = min(longRefind, max(firstRefind, 2*z.refindEvery))
	z.refindAt = l.now + z.refindEvery
	z.refinding = true
	denial := l.wantsDenial(z)
	l.start(func(ctx context.Context) {
		l.finder.forget(z.suffix)
		f, err := l.finder.find(ctx, z.suffix, denial)
		_ = l.post(ctx, func() { l.refound(z, f, err) })
	})
}

// refound takes over servers that are others than those known.
func (l *loop) refound(z *zone, f found, err error) {
	z.refinding = false
	switch {
	case z.state != zoneReady:
	case err != nil:
		l.cfg.Log.Debug("a zone whose servers are gone was searched in vain", "suffix", z.suffix, "err", err)
	case f.origin == z.origin && z.sameServers(f):
	default:
		l.cfg.Log.Info("a zone has moved", "suffix", z.suffix, "servers", len(f.servers))
		z.refindEvery = 0
		l.adopt(z, f, nil)
	}
}

// sameServers reports whether what was found are the servers known.
func (z *zone) sameServers(f found) bool {
	for _, addr := range f.servers {
		if !slices.ContainsFunc(z.members, func(m *member) bool { return m.addr == addr }) {
			return false
		}
	}
	return true
}

// forget drops what is known of a suffix and of the zones above it: the next
// search begins at the root.
func (f *finder) forget(suffix string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for zone := suffix; zone != ""; _, zone, _ = strings.Cut(zone, ".") {
		delete(f.cuts, zone)
	}
}
