package rdapstage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vacant/rdapstage/ask"
)

const (
	ianaBootstrap    = "https://data.iana.org/rdap/dns.json"
	bootstrapFetch   = 30 * time.Second
	bootstrapMaxAge  = 24 * time.Hour // IANA's own max-age
	bootstrapFile    = "rdap-dns.json"
	bootstrapTagFile = "rdap-dns.etag"
)

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
		return fmt.Errorf("RDAP bootstrap %s: %w", s.cfg.Bootstrap, err)
	}
	if s.handTable, err = parseBootstrap(data, true); err != nil {
		return fmt.Errorf("RDAP bootstrap %s: %w", s.cfg.Bootstrap, err)
	}
	return nil
}

func (s *Stage) readBootstrap(ctx context.Context, place string) ([]byte, error) {
	if u, err := url.Parse(place); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		data, _, err := s.fetchBootstrap(ctx, u, true, "")
		return data, err
	}
	f, err := os.Open(strings.TrimPrefix(place, "file://"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return ask.ReadBounded(f, maxBootstrap)
}

// errNotModified says that the copy we hold is still the newest.
var errNotModified = errors.New("not modified")

func (s *Stage) fetchBootstrap(ctx context.Context, u *url.URL, hand bool, etag string) (data []byte, newTag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, bootstrapFetch)
	defer cancel()
	page, err := s.asker.Get(ctx, ask.Request{URL: u, Hand: hand, ETag: etag, Limit: maxBootstrap})
	switch {
	case err != nil:
		return nil, "", err
	case page.Status == http.StatusOK:
		return page.Body, page.ETag, nil
	case page.Status == http.StatusNotModified:
		return nil, etag, errNotModified
	}
	return nil, "", fmt.Errorf("answered HTTP %d", page.Status)
}

func (s *Stage) cachePath(file string) string { return filepath.Join(s.cfg.CacheDir, file) }

// loadCached takes the last good refreshed table, if it still reads as one.
func (s *Stage) loadCached() {
	if s.cfg.CacheDir == "" {
		return
	}
	f, err := os.Open(s.cachePath(bootstrapFile))
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	data, err := ask.ReadBounded(f, maxBootstrap)
	if err != nil {
		return
	}
	t, err := parseBootstrap(data, false)
	s.warn(err, "use the cached RDAP bootstrap", f.Name())
	if err == nil {
		s.table.Store(t)
	}
}

// refreshBootstrap fetches IANA's table when ours is older than a day. Whatever
// happens to it, the run goes on with the table it has.
func (s *Stage) refreshBootstrap(ctx context.Context) {
	if s.cfg.Bootstrap != "" || s.cfg.NoRDAP || !s.embeddedWorld() || !s.stale() {
		return
	}
	u, err := url.Parse(s.ianaURL)
	if err != nil {
		return
	}
	data, newTag, err := s.fetchBootstrap(ctx, u, s.ianaURL != ianaBootstrap, s.cachedTag())
	switch {
	case errors.Is(err, errNotModified):
		now := s.now()
		s.warn(os.Chtimes(s.cachePath(bootstrapFile), now, now), "date the RDAP bootstrap", u.Host)
	case err != nil:
		s.cfg.Log.Debug("the RDAP bootstrap was not refreshed", "error", err)
	default:
		s.adopt(data, newTag)
	}
}

// cachedTag returns the ETag of the cached table, "" without one.
func (s *Stage) cachedTag() string {
	if s.cfg.CacheDir == "" {
		return ""
	}
	tag, _ := os.ReadFile(s.cachePath(bootstrapTagFile)) // without it the whole table comes
	return string(tag)
}

// stale reports whether the cached table is missing, over a day old or from the future.
func (s *Stage) stale() bool {
	if s.cfg.CacheDir == "" {
		return !s.refreshed.Load()
	}
	info, err := os.Stat(s.cachePath(bootstrapFile))
	if err != nil {
		return true
	}
	age := s.now().Sub(info.ModTime())
	return age < 0 || age > bootstrapMaxAge
}

// adopt takes a refreshed table if it can be IANA's, and keeps it.
func (s *Stage) adopt(data []byte, tag string) {
	t, err := parseBootstrap(data, false)
	if err != nil {
		s.warn(err, "use the refreshed RDAP bootstrap", s.ianaURL)
		return
	}
	s.table.Store(t)
	s.refreshed.Store(true)
	if s.cfg.CacheDir == "" {
		return
	}
	if err := os.MkdirAll(s.cfg.CacheDir, 0o700); err != nil {
		s.warn(err, "keep the RDAP bootstrap", s.cfg.CacheDir)
		return
	}
	s.warn(replaceFile(s.cachePath(bootstrapFile), data), "keep the RDAP bootstrap", s.cfg.CacheDir)
	s.warn(replaceFile(s.cachePath(bootstrapTagFile), []byte(tag)), "keep the RDAP bootstrap's tag", s.cfg.CacheDir)
}

// replaceFile writes a cache file so that another process sees the old or the
// new one, never half of it. It need not survive a power cut.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // err says what failed
	}
	return err
}

// writeMemos writes down what was learned of endpoints, away from the lock.
func (s *Stage) writeMemos(memos map[string]remembered) {
	for key, m := range memos {
		data, err := json.Marshal(m)
		if err == nil {
			err = s.cfg.Memory.Remember(key, data)
		}
		s.warn(err, "remember a calibration", key)
	}
}
