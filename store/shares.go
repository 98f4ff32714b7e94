package store

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"vacant"
)

// Share is how the names of one suffix with labels of one length were answered
// by DNS: what a plan needs to know of names that nobody has asked about yet.
//
// The counts are of answers, with the younger weighing more: what was counted
// loses half its weight in 30 days. So they are less than the number of names
// ever asked, and a suffix that changes shows it within a month or two.
type Share struct {
	Suffix                                    string
	Length                                    int // of the label, in octets
	Delegated, Nodata, NXDomain, Undetermined uint64
	At                                        time.Time // of the last answer counted, to the second
}

// Asked returns the number of answers counted, as they weigh.
func (s Share) Asked() uint64 { return s.Delegated + s.Nodata + s.NXDomain + s.Undetermined }

// halfLife is how long it takes for a counted answer to lose half its weight. A
// zone's share of free names changes over months; a month of nightly sweeps is
// more than any plan needs to be exact.
const halfLife = 30 * day

// fade takes weight from s up to now.
func (s *Share) fade(now time.Time) {
	age := now.Sub(s.At)
	if age <= 0 {
		return
	}
	keep := math.Exp2(-float64(age) / float64(halfLife))
	for _, n := range s.counts() {
		*n = uint64(math.Round(float64(*n) * keep))
	}
	s.At = now
}

func (s *Share) counts() [4]*uint64 {
	return [...]*uint64{&s.Delegated, &s.Nodata, &s.NXDomain, &s.Undetermined}
}

// shareUnit is how counts stand in the file: in parts of a name, so that a few
// names a night do not fade to nothing by rounding.
const shareUnit = 256

// shareForm is the first octet of a share.
const shareForm = 1

func (s Share) append(dst, key []byte) []byte {
	start := len(dst)
	dst = binary.AppendUvarint(append(dst, shareForm), uint64(max(unix(s.At), 0)))
	for _, n := range s.counts() {
		dst = binary.AppendUvarint(dst, *n)
	}
	return appendSum(dst, start, key)
}

// readShare decodes the value v under key; its counts are in units of 1/shareUnit.
func readShare(key, v []byte) (s Share, err error) {
	if v == nil {
		return s, nil
	}
	body, ok := cutSum(key, v)
	if !ok || body[0] != shareForm {
		return s, errRecord
	}
	d := decoder{buf: body[1:]}
	s.At = time.Unix(int64(d.uvarint()), 0).UTC()
	for _, n := range s.counts() {
		*n = d.uvarint()
	}
	return s, d.err()
}

// shareKey is the key of a share: the suffix and scope as in name keys, a zero
// octet before the length so that no suffix is another's prefix.
func shareKey(suffix string, scope string, length int) []byte {
	return appendKey(append([]byte(suffix), 0, byte(length)), nil, scope)
}

func splitShareKey(key []byte) (suffix string, scope string, length int, ok bool) {
	i := slices.Index(key, 0)
	if i < 0 || (len(key) != i+2 && len(key) != i+3+scopeLen) {
		return "", "", 0, false
	}
	if len(key) > i+2 {
		scope = string(key[i+3:])
	}
	return string(key[:i]), scope, int(key[i+1]), true
}

// tally counts the answers of one group: an array for each suffix, so that to
// count a name is a comparison and an addition.
type tally struct {
	bySuffix map[string]*suffixTally
	last     *suffixTally
}

type suffixTally struct {
	suffix, scope string
	lengths       [vacant.MaxLabelLen + 1]shareCounts
}

type shareCounts struct{ delegated, nodata, nxdomain, undetermined uint32 }

// count counts one answer about a name under suffix whose label has length octets.
func (t *tally) count(suffix []byte, scope string, length int, st vacant.Status) {
	if t.last == nil || t.last.suffix != string(suffix) {
		t.turn(suffix, scope)
	}
	c := &t.last.lengths[min(length, vacant.MaxLabelLen)]
	switch st {
	case vacant.StatusDelegated:
		c.delegated++
	case vacant.StatusNXDomain:
		c.nxdomain++
	case vacant.StatusNodata:
		c.nodata++
	default:
		c.undetermined++
	}
}

// turn goes on to another suffix. One run has one scope for a suffix.
func (t *tally) turn(suffix []byte, scope string) {
	if s, ok := t.bySuffix[string(suffix)]; ok {
		t.last = s
		return
	}
	if t.bySuffix == nil {
		t.bySuffix = make(map[string]*suffixTally)
	}
	t.last = &suffixTally{suffix: string(suffix), scope: scope}
	t.bySuffix[t.last.suffix] = t.last
}

// commit adds what was counted to the shares in the file.
func (t *tally) commit(tx *bbolt.Tx, now time.Time) error {
	b := tx.Bucket(bucketShares)
	for _, suffix := range slices.Sorted(maps.Keys(t.bySuffix)) {
		s := t.bySuffix[suffix]
		for length, c := range s.lengths {
			if c == (shareCounts{}) {
				continue
			}
			if err := addShare(b, shareKey(suffix, s.scope, length), c, now); err != nil {
				return fmt.Errorf("share of %q: %w", suffix, err)
			}
		}
	}
	return nil
}

func addShare(b *bbolt.Bucket, key []byte, c shareCounts, now time.Time) error {
	s, err := readShare(key, b.Get(key))
	if err != nil {
		return err
	}
	s.fade(now)
	s.At = now
	for i, n := range []uint32{c.delegated, c.nodata, c.nxdomain, c.undetermined} {
		*s.counts()[i] += shareUnit * uint64(n)
	}
	return b.Put(key, s.append(nil, key))
}

// Shares returns what the store knows of suffixes and label lengths, sorted by
// suffix and length. scope is as RunInfo.Scope; nil is for endpoints nobody named.
// Counts have faded to now.
func (s *Store) Shares(scope func(suffix string) string) ([]Share, error) {
	if scope == nil {
		scope = func(string) string { return "" }
	}
	scopes, now := scopeMemo{of: scope}, s.now()
	var out []Share
	err := s.view(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketShares) == nil {
			return nil // a file of version 1, opened to be read
		}
		return tx.Bucket(bucketShares).ForEach(func(k, v []byte) error {
			suffix, id, length, ok := splitShareKey(k)
			share, err := readShare(k, v)
			if err != nil || !ok {
				return fmt.Errorf("share of %q: %w", suffix, errRecord)
			}
			if scopes.get([]byte(suffix)).id != id {
				return nil
			}
			at := share.At
			share.fade(now)
			share.Suffix, share.Length, share.At = suffix, length, at
			for _, n := range share.counts() {
				*n = (*n + shareUnit/2) / shareUnit
			}
			out = append(out, share)
			return nil
		})
	})
	return out, err
}
