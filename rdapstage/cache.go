package rdapstage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"vacant/rdapstage/ask"
)

const (
	bootstrapFile    = "rdap-dns.json"
	bootstrapTagFile = "rdap-dns.etag"
)

func (s *Stage) cachePath(file string) string { return filepath.Join(s.cfg.CacheDir, file) }

// loadCached takes the last good refreshed table, if it still reads as one.
func (s *Stage) loadCached() {
	if s.cfg.CacheDir == "" {
		return
	}
	f, err := os.Open(s.cachePath(bootstrapFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		s.damaged = err.Error()
		return
	}
	defer func() { _ = f.Close() }()
	var t *bootstrapTable
	data, err := ask.ReadBounded(f, maxBootstrap)
	if err == nil {
		t, err = parseBootstrap(data, false)
	}
	s.warn(err, "use the cached RDAP bootstrap", f.Name())
	if err != nil {
		s.damaged = f.Name() + ": " + err.Error()
	}
	if err == nil {
		s.table.Store(t)
		s.cached.Store(true)
	}
}

// cachedTag returns the ETag of the cached table, "" without one. A copy that
// does not read must not be taken for the newest: the whole table is to come.
func (s *Stage) cachedTag() string {
	if !s.cached.Load() {
		return ""
	}
	tag, _ := os.ReadFile(s.cachePath(bootstrapTagFile)) // without it the whole table comes
	return string(tag)
}

// stale reports whether the cached table is missing, broken, over a day old or
// from the future.
func (s *Stage) stale() bool {
	if s.cfg.CacheDir == "" {
		return !s.refreshed.Load()
	}
	info, err := os.Stat(s.cachePath(bootstrapFile))
	if err != nil || !s.cached.Load() && !s.refreshed.Load() {
		return true
	}
	age := s.now().Sub(info.ModTime())
	return age < 0 || age > bootstrapMaxAge
}

// keep writes a refreshed table down and returns where, "" without a place for it.
func (s *Stage) keep(data []byte, tag string) (string, error) {
	if s.cfg.CacheDir == "" {
		return "", nil
	}
	if err := os.MkdirAll(s.cfg.CacheDir, 0o700); err != nil {
		return "", err
	}
	file := s.cachePath(bootstrapFile)
	// The table first: an old tag beside it costs a fetch, a new one beside an old table would keep that.
	if err := replaceFile(file, data); err != nil {
		return "", err
	}
	s.cached.Store(true)
	return file, replaceFile(s.cachePath(bootstrapTagFile), []byte(tag))
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
