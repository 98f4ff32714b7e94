package store

import "go.etcd.io/bbolt"

// bbolt fills pages half when it splits them, which suits keys in any order. Keys
// that all come behind those that are there would leave every page half empty;
// for them pages are filled nearly whole.
const appendFill = 0.95

// fillFor tells b how full to make pages when keys from first on are put.
func fillFor(b *bbolt.Bucket, first []byte) {
	if last, _ := b.Cursor().Last(); string(first) > string(last) {
		b.FillPercent = appendFill
	}
}
