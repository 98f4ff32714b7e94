package rdapstage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"vacant/rdapstage/ask"
)

// IANABootstrap is where IANA publishes which RDAP base serves which TLD (RFC 9224).
const IANABootstrap = "https://data.iana.org/rdap/dns.json"

const (
	bootstrapFetch  = 30 * time.Second
	bootstrapMaxAge = 24 * time.Hour // IANA's own max-age
)

// ErrUnreachable wraps every failure to fetch registry data that is the
// network's or the server's, and nobody's mistake.
var ErrUnreachable = errors.New("not reached")

// loadBootstrap reads the bootstrap named by hand, once, or takes IANA's: the
// last good one in the cache, else the embedded one.
func (s *Stage) loadBootstrap(ctx context.Context) error {
	s.table.Store(embeddedBootstrap())
	if s.cfg.Bootstrap == "" {
		s.loadCached()
		return nil
	}
	data, err := s.readBootstrap(ctx, s.cfg.Bootstrap)
	if err != nil {
		return fmt.Errorf("RDAP bootstrap %s: %w", redacted(s.cfg.Bootstrap), err)
	}
	if s.handTable, err = parseBootstrap(data, true); err != nil {
		return fmt.Errorf("RDAP bootstrap %s: %w", redacted(s.cfg.Bootstrap), err)
	}
	return nil
}

// redacted returns a place without the password that a URL may carry.
func redacted(place string) string {
	if u, err := url.Parse(place); err == nil {
		return u.Redacted()
	}
	return place
}

func (s *Stage) readBootstrap(ctx context.Context, place string) ([]byte, error) {
	if u, err := url.Parse(place); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		if u.Host == "" {
			return nil, fmt.Errorf("%w: a URL without a host", ErrBootstrap)
		}
		data, _, err := s.fetchBootstrap(ctx, u, true, "")
		return data, err
	}
	f, err := os.Open(strings.TrimPrefix(place, "file://"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := ask.ReadBounded(f, maxBootstrap)
	if errors.Is(err, ask.ErrTooLong) {
		err = fmt.Errorf("%w: %w", ErrBootstrap, err)
	}
	return data, err
}

// errNotModified says that the copy we hold is still the newest.
var errNotModified = errors.New("not modified")

func (s *Stage) fetchBootstrap(ctx context.Context, u *url.URL, hand bool, etag string) (data []byte, newTag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, bootstrapFetch)
	defer cancel()
	page, err := s.asker.Get(ctx, ask.Request{URL: u, Hand: hand, ETag: etag, Limit: maxBootstrap})
	switch {
	case ask.Refused(err):
		return nil, "", fmt.Errorf("%w: %w", ErrBootstrap, err)
	case err != nil:
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // whoever asked for it names the URL
		}
		return nil, "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	case page.Status == http.StatusOK:
		return page.Body, page.ETag, nil
	case page.Status == http.StatusNotModified && etag != "":
		return nil, etag, errNotModified
	case page.Status == http.StatusNotFound || page.Status == http.StatusGone:
		return nil, "", fmt.Errorf("%w: answered HTTP %d", ErrBootstrap, page.Status)
	}
	return nil, "", fmt.Errorf("%w: answered HTTP %d", ErrUnreachable, page.Status)
}

// refreshBootstrap fetches IANA's table when ours is older than a day. Whatever
// happens to it, the run goes on with the table it has.
func (s *Stage) refreshBootstrap(ctx context.Context) {
	if s.cfg.Bootstrap != "" || s.cfg.NoRDAP || !s.embeddedWorld() || !s.stale() {
		return
	}
	r, err := s.Update(ctx)
	switch {
	case errors.Is(err, ErrUnreachable):
		s.cfg.Log.Debug("the RDAP bootstrap was not refreshed", "error", err)
	case err != nil:
		s.warn(err, "use the refreshed RDAP bootstrap", r.URL)
	case len(r.Moved) > 0:
		s.cfg.Log.Info("TLDs have another RDAP server", "moved", len(r.Moved), "first", r.Moved[0].TLD, "to", r.Moved[0].To)
	}
}

// writeMemos writes down what was learned of endpoints, away from the lock.
func (s *Stage) writeMemos(memos map[string]any) {
	for key, m := range memos {
		data, err := json.Marshal(m)
		if err == nil {
			err = s.cfg.Memory.Remember(key, data)
		}
		s.warn(err, "remember a calibration", key)
	}
}
