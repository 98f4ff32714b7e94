package store

import (
	"bytes"
	"fmt"
)

// checkRecord reports whether one record of a table reads as what such a table
// holds: its form, and its sum if it has one. It knows the tables whose values
// stand by themselves; what records say of one another is another matter.
func checkRecord(table, key, value []byte) error {
	var err error
	switch {
	case bytes.Equal(table, bucketResults):
		_, err = readResult(key, value)
	case bytes.Equal(table, bucketState):
		_, _, err = readState(key, value)
	case bytes.Equal(table, bucketQueue):
		_, err = readQueued(key, value)
	case bytes.Equal(table, bucketProgress):
		_, err = readChunk(key, value)
	case bytes.Equal(table, bucketChanges):
		_, _, err = readTurn(key, value)
	case bytes.Equal(table, bucketSteps):
		_, err = readStep(key, value)
	case bytes.Equal(table, bucketShares):
		_, err = readShare(key, value)
	}
	if err != nil {
		return fmt.Errorf("table %s, record %q: %w", table, key, err)
	}
	return nil
}
