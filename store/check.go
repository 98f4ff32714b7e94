package store

import (
	"bytes"
	"encoding/binary"
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
	case bytes.Equal(table, bucketSorted):
		err = checkSorted(key, value)
	}
	if err != nil {
		return fmt.Errorf("table %s, record %q: %w", table, key, err)
	}
	return nil
}

// checkSorted reports whether value is a block of names or a part of a sieve.
func checkSorted(key, value []byte) error {
	if len(key) != 8 {
		return errRecord
	}
	if binary.BigEndian.Uint32(key[4:])&sieveParts == 0 {
		_, err := openBlock(key, value, true)
		return err
	}
	if len(value) < sieveHeadLen || value[0] != sieveForm || sumOf(key, value[sieveHeadLen:]) != binary.BigEndian.Uint32(value[4:]) {
		return errRecord
	}
	return nil
}
