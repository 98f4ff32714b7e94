package budget

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vacant"
)

// Whatever stands in the file, decoding ends, and what decodes grants no more
// than the limit.
func FuzzAccount(f *testing.F) {
	a := account{}
	limit := vacant.Limit{PerSecond: 3, Burst: 3, Count: 20, Span: time.Minute, PerDay: 5}
	now := t0.UnixNano()
	a.take(2, limit, now)
	a.lock(now, int64(time.Hour))
	f.Add(a.append(nil))
	f.Add([]byte{accountForm, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := readAccount(data)
		if err != nil {
			return
		}
		a.advance(now)
		if got, _ := a.take(100, limit, now); got < 0 || got > 3 {
			t.Errorf("took %d", got)
		}
		a.settle(now, now, 2, false)
		a.advance(now + int64(time.Hour))
		if len(a.append(nil)) > maxEntry {
			t.Error("it grew beyond an entry")
		}
	})
}

// A file of any octets is used, or refused, and never hangs.
func FuzzFile(f *testing.F) {
	dir := f.TempDir()
	b, err := Open(filepath.Join(dir, "seed"), Options{})
	if err != nil {
		f.Fatal(err)
	}
	_ = b.Remember("w/x", []byte("value"))
	_ = b.LockOut("op", time.Now().Add(time.Hour))
	_ = b.Close()
	seed, err := os.ReadFile(filepath.Join(dir, "seed"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:page+20])
	f.Add(bytes.Repeat([]byte{0xFF}, page+unit))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "budget.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(path, Options{})
		if err != nil {
			return
		}
		l, err := b.Lease(t.Context(), "op", vacant.Limit{PerDay: 2}, 9, nil)
		if err != nil || l.Got > 2 {
			t.Errorf("%+v, %v", l, err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}
