package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// The layout, schema version 2. All numbers in keys are big-endian, so that
// keys sort as numbers do. Values start with a version or kind byte of their
// own, so that a later form can stand beside an older one.
//
//	meta      "schema" u32, "world" text, "made" time
//	runs      run number u32                -> manifest (JSON)
//	progress  space id (16) + chunk u64     -> layers: time + bitmap of delegated indexes
//	steps     space id (16) + number u64    -> indexes that one commit found, not yet in progress
//	state     name key                      -> where the name stands (fixed 24 octets)
//	queue     sequence u64                  -> a name that waits for stage two
//	results   name key                      -> the last result
//	tables    table number u32              -> a table of names of lists: what it holds, and its age among the others
//	          "t" + number u32              -> a tail: what follows the first label of such names, and a sum
//	sorted    table number u32 + part u32   -> a block of such a table, or from 2^31 on a part of its sieve
//	changes   run number u32 + name key     -> what the run found that was not so before
//	shares    suffix, 0, length of label    -> how DNS answered names like these: counts that fade, and a time
//
// Values of states, queue, results, progress, changes and shares carry a sum over
// key and value (sum.go). What version 1 wrote there without one stays readable.
// Version 1 had no steps, tables, sorted, changes and shares, and kept names of lists one by one:
//
//	lists     name key                      -> run that named it last, class, time
//
// A name key is the name, and for what endpoints named by hand said, a zero
// octet and 16 octets of the fingerprint's SHA-256. So keys sort by name.
var (
	bucketMeta     = []byte("meta")
	bucketRuns     = []byte("runs")
	bucketProgress = []byte("progress")
	bucketLists    = []byte("lists")
	bucketSteps    = []byte("steps")
	bucketState    = []byte("state")
	bucketQueue    = []byte("queue")
	bucketResults  = []byte("results")
	bucketTables   = []byte("tables")
	bucketSorted   = []byte("sorted")
	bucketChanges  = []byte("changes")
	bucketShares   = []byte("shares")

	allBuckets = [][]byte{bucketMeta, bucketRuns, bucketProgress, bucketState, bucketQueue, bucketResults,
		bucketSteps, bucketTables, bucketSorted, bucketChanges, bucketShares}

	// bucketsOf1 are those of version 1.
	bucketsOf1 = [][]byte{bucketMeta, bucketRuns, bucketProgress, bucketLists, bucketState, bucketQueue, bucketResults}

	metaSchema = []byte("schema")
	metaWorld  = []byte("world")
	metaMade   = []byte("made")
)

const scopeLen = 16

// scopeID shortens a fingerprint to what stands in keys.
func scopeID(fingerprint string) string {
	if fingerprint == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(fingerprint))
	return string(sum[:scopeLen])
}

// appendKey appends the key of name in scope (an id) to dst.
func appendKey(dst []byte, name []byte, scope string) []byte {
	dst = append(dst, name...)
	if scope != "" {
		dst = append(dst, 0)
		dst = append(dst, scope...)
	}
	return dst
}

func nameKey(name, scope string) []byte { return appendKey(nil, []byte(name), scope) }

// splitKey is the inverse of appendKey.
func splitKey(key []byte) (name []byte, scope string) {
	i := bytes.IndexByte(key, 0)
	if i < 0 {
		return key, ""
	}
	return key[:i], string(key[i+1:])
}

// suffixOf returns what follows the first dot of name.
func suffixOf(name []byte) []byte {
	i := bytes.IndexByte(name, '.')
	return name[i+1:]
}

func chunkKey(space [16]byte, chunk uint64) []byte {
	return binary.BigEndian.AppendUint64(space[:16:16], chunk)
}

func u64Key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
