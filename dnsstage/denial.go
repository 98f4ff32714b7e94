package dnsstage

import (
	"bytes"
	"fmt"

	"vacant"
	"vacant/dnsstage/wire"
)

// denial is what one zone has proven of the names directly below its suffix
// (RFC 8198): ranges in which there is none, in the canonical order of labels
// where the zone uses NSEC, in the order of hashes where it uses NSEC3. Names
// that fall into a range need no query. The order in which the others are
// asked is in denialgap.go.
//
// Signatures are not validated: what is concluded from a range is marked
// synthetic, which [vacant.NewAvailable] refuses.
type denial struct {
	proof  proofKind
	suffix string
	origin []byte // wire form
	below  []byte // the suffix in wire form
	salt   []byte
	rounds uint16       // NSEC3 iterations
	hasher *wire.Hasher // NSEC3

	spans    *spanSet
	wild     key    // of the wildcard below the suffix
	noWild   uint32 // until then (Unix seconds) it is proven that there is no wildcard; 0 = not proven
	existing uint32 // until then it is proven that the suffix itself exists; 0 = not proven

	off      bool   // not used any more: what waits is asked name by name
	cutShort int    // truncated replies to queries with DO in a row
	replies  uint64 // read since the last look at what they spared
	spared   uint64 // names settled without a query since then
	gaps     gaps
}

// proofKind is how a zone proves that a name does not exist, as a probe saw it.
type proofKind uint8

const (
	proofNone   proofKind = iota // unsigned, or nothing that is of use
	proofNSEC                    // RFC 4034
	proofNSEC3                   // RFC 5155, without opt-out
	proofOptOut                  // NSEC3 with opt-out: proves nothing about delegations
	proofCostly                  // NSEC3 with more iterations than RFC 9276 lets pass
	proofLarge                   // signed, but its denials do not fit a datagram
)

var proofWords = [...]string{"unsigned", "NSEC", "NSEC3", "NSEC3 with opt-out", "NSEC3 with too many iterations", "too large for UDP"}

func (k proofKind) String() string { return proofWords[k] }

// proofOfZone is what a probe learned of how a zone denies.
type proofOfZone struct {
	kind       proofKind
	iterations uint16
	salt       []byte
}

// maxIterations is how many extra rounds of hashing are worth a query saved;
// validators treat zones beyond it as unsigned (RFC 9276 section 3.2).
const maxIterations = 100

// maxDenialTTL is for how long a range is used at most, in seconds (RFC 8198 section 5.4).
const maxDenialTTL = 10_800

// newDenial returns nil where the proofs of the zone are of no use.
func newDenial(suffix, origin string, p proofOfZone, budget *spanBudget) (*denial, error) {
	if p.kind != proofNSEC && p.kind != proofNSEC3 {
		return nil, nil
	}
	d := &denial{proof: p.kind, suffix: suffix, rounds: p.iterations, salt: p.salt}
	var err error
	if d.below, err = wire.AppendWire(nil, suffix); err != nil {
		return nil, fmt.Errorf("suffix %q: %w", suffix, err)
	}
	if d.origin, err = wire.AppendWire(nil, origin); err != nil {
		return nil, fmt.Errorf("zone %q: %w", origin, err)
	}
	if p.kind == proofNSEC3 {
		if d.hasher, err = wire.NewHasher(suffix, p.iterations, p.salt); err != nil {
			return nil, fmt.Errorf("suffix %q: %w", suffix, err)
		}
	}
	d.wild = d.key([]byte("*"))
	d.spans = newSpanSet(budget)
	return d, nil
}

// key places a label of a candidate, lower case, on the line of the zone's proofs.
func (d *denial) key(label []byte) key {
	if d.proof == proofNSEC {
		return keyOf(label)
	}
	sum := d.hasher.Child(label)
	return keyOf(sum[:])
}

// whole reports whether a label is one with its key: hashes are taken for equal
// when 128 bits of them are.
func (d *denial) whole(label []byte) bool {
	return d.proof == proofNSEC3 || len(label) <= keyLen && bytes.IndexByte(label, 0) < 0
}

// judge says what is proven of name n of j, which lies at k: delegated or
// absent with the range that says so, StatusUnasked where nothing is proven.
func (d *denial) judge(k key, j *job, n int, now uint32) (vacant.Status, *span) {
	s := d.spans.find(k)
	switch {
	case s == nil || now >= s.until:
	case s.from == k:
		if s.cut && d.whole(labelOf(j.batch.Name(n))) {
			return vacant.StatusDelegated, s
		}
	case now < d.noWild && now < d.existing:
		return vacant.StatusNXDomain, s
	}
	return vacant.StatusUnasked, nil
}

// labelOf returns what stands before the first dot of a name, which has one.
func labelOf(name []byte) []byte { return name[:bytes.IndexByte(name, '.')] }

// synthetic is how a name ends that was not asked.
func synthetic(status vacant.Status, s *span, now uint32) vacant.Answer {
	a := vacant.Answer{At: now, Server: s.server, Status: status, Flags: vacant.FlagSynthetic}
	if status == vacant.StatusNXDomain {
		a.Rcode = wire.RcodeNXDomain
	}
	return a
}

// learned is what one record adds.
type learned struct {
	span
	exists bool // the record shows that the suffix itself exists
}

// add keeps what a record proves.
func (d *denial) add(l learned) {
	if l.exists {
		d.existing = max(d.existing, l.until)
	}
	if l.from.less(l.to) {
		d.spans.add(l.span)
	} else { // around the end of the hashes (RFC 5155 section 3.1.7)
		d.spans.add(span{from: l.from, to: lastKey, until: l.until, server: l.server, cut: l.cut})
		d.spans.add(span{to: l.to, until: l.until, server: l.server})
	}
	if l.covers(d.wild) || !l.from.less(l.to) && (l.from.less(d.wild) || d.wild.less(l.to)) {
		d.noWild = max(d.noWild, l.until)
	}
}

// project returns what a record says of the names directly below the suffix;
// ok is false where it says nothing, or nothing that can be used.
func (d *denial) project(e *wire.Denial, now uint32) (l learned, ok bool) {
	l.until = now + min(max(e.TTL, 1), maxDenialTTL)
	if d.proof == proofNSEC && e.Type == wire.TypeNSEC {
		return d.projectNSEC(e, l)
	}
	if d.proof == proofNSEC3 && e.Type == wire.TypeNSEC3 {
		return d.projectNSEC3(e, l)
	}
	return l, false
}

// projectNSEC3 takes a span of hashes over. One that wraps around is left to
// [denial.add] to cut in two.
func (d *denial) projectNSEC3(e *wire.Denial, l learned) (learned, bool) {
	if e.Flags != 0 || e.Iterations != d.rounds || !bytes.Equal(e.Salt, d.salt) || !bytes.Equal(e.Owner, d.origin) {
		return l, false // opt-out (RFC 5155 section 6), another chain, another zone
	}
	l.from, l.to = keyOf(e.OwnerHash[:]), keyOf(e.NextHash[:])
	l.cut = e.Types.Cuts()
	l.exists = e.OwnerHash == d.hasher.Suffix() && !l.cut && e.Types&wire.HasDNAME == 0
	return l, true
}

// projectNSEC projects owner and next, anywhere in the zone, onto the labels
// directly below the suffix.
func (d *denial) projectNSEC(e *wire.Denial, l learned) (learned, bool) {
	if !d.sound(e) {
		return l, false
	}
	owner, next := d.place(e.Owner), d.place(e.Next)
	if bytes.Equal(e.Next, d.origin) {
		next = placed{at: lastKey} // the last record of the zone (RFC 4034 section 4.1.1)
	}
	// Where neither lies at or below the suffix, the suffix itself is denied or
	// empty, and which wildcard would apply is not known.
	if !owner.within && !next.within && len(d.below) != len(d.origin) {
		return l, false
	}
	l.exists = true
	l.from, l.to = owner.at, next.at
	l.cut = owner.child && owner.whole && e.Types.Cuts()
	return l, l.from.less(l.to)
}

// sound reports whether an NSEC record can belong to the zone and speaks of
// names below the suffix.
func (d *denial) sound(e *wire.Denial) bool {
	if !belowWire(e.Owner, d.origin) || !belowWire(e.Next, d.origin) {
		return false // another zone's, a child's or a parent's
	}
	if apex := bytes.Equal(e.Owner, d.origin); apex != (e.Types&wire.HasSOA != 0) {
		return false // the parent's side of our cut, or a child's own apex
	}
	if !bytes.Equal(e.Next, d.origin) && compareWire(e.Owner, e.Next) >= 0 {
		return false
	}
	// RFC 6840 section 4.1, RFC 6672 section 5.3.4.1: a record at a cut or at a DNAME says nothing of names below it.
	return !belowWire(d.below, e.Owner) || !e.Types.Cuts() && e.Types&wire.HasDNAME == 0
}

// placed is where a name of the zone lies among the labels below the suffix.
type placed struct {
	at     key
	within bool // at or below the suffix
	child  bool // directly below it
	whole  bool // its label is one with its key
}

// place finds the label of name below the suffix: of a deeper name, that of its ancestor there.
func (d *denial) place(name []byte) placed {
	if !belowWire(name, d.below) {
		if compareWire(name, d.below) < 0 {
			return placed{}
		}
		return placed{at: lastKey}
	}
	if len(name) == len(d.below) {
		return placed{within: true}
	}
	p := placed{within: true, child: true}
	at := 0
	for next := 1 + int(name[0]); len(name)-next > len(d.below); next += 1 + int(name[next]) {
		at, p.child = next, false
	}
	label := name[at+1 : at+1+int(name[at])]
	p.at, p.whole = keyOf(label), d.whole(label)
	return p
}
