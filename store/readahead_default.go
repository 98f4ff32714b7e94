//go:build !linux

package store

import "go.etcd.io/bbolt"

// readAhead does nothing where bbolt's hint is not known to hurt.
func readAhead(*bbolt.DB) {}
