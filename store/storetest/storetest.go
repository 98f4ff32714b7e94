// Package storetest gives tests a store that is checked when the test ends.
package storetest

import (
	"path/filepath"
	"testing"

	"vacant/store"
)

// World is the world of the stores that Must makes.
const World = "storetest"

// Must opens a new store in a folder of the test's own. When the test ends, the
// store is closed if the test did not, opened again, and checked: its pages, and
// that no name is both waiting and settled, or neither.
func Must(tb testing.TB) *store.Store {
	tb.Helper()
	return At(tb, filepath.Join(tb.TempDir(), "vacant.db"), store.Options{World: World})
}

// At is Must for a path and options of the test's choice. Opening a file twice
// in one test, one after the other, is fine: it is checked twice.
func At(tb testing.TB, path string, opt store.Options) *store.Store {
	tb.Helper()
	s, err := store.Open(path, opt)
	if err != nil {
		tb.Fatalf("open store: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
		if err := Check(path); err != nil {
			tb.Errorf("check store: %v", err)
		}
	})
	return s
}

// Check opens the store at path, which no process may be writing, and checks it.
func Check(path string) error {
	s, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	err = s.Check()
	if closing := s.Close(); err == nil {
		err = closing
	}
	return err
}
