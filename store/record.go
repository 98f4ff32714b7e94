package store

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"vacant"
)

// errRecord becomes ErrDamaged in Store.view and Store.update, which know the path.
var errRecord = errors.New("a record cannot be read")

// kind says what a state record is about.
type kind uint8

const (
	kindWaiting kind = 1 // the name waits for stage two
	kindSettled kind = 2 // its last result stands
)

// noVerdict stands in a state record of a name that has no result yet.
const noVerdict = 0xFF

const stateLen = 24

// Forms of a state, its fourth octet.
const (
	stateOld    = 0    // schema 1: run u32, time i64, aux i64
	stateSummed = 0xA5 // run u32, time u32, sum over key and the rest u32, aux i64
)

// state is where a name stands: enough for Admit to decide without the result.
type state struct {
	kind    kind
	verdict uint8  // of the result that is stored, noVerdict if none is
	class   class  // waiting: classDelegated if it was delegated before, else 0
	run     uint32 // the run that put it there
	at      int64  // Unix seconds: of the DNS answer for a waiting name, else of the check
	aux     int64  // waiting: its place in the queue; settled: expiry or retry time by class, 0 = none
}

// append encodes the state of the name under key.
func (s state) append(dst, key []byte) []byte {
	start := len(dst)
	dst = append(dst, byte(s.kind), s.verdict, byte(s.class), stateSummed)
	dst = binary.BigEndian.AppendUint32(dst, s.run)
	dst = binary.BigEndian.AppendUint32(dst, uint32(min(max(s.at, 0), math.MaxUint32)))
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.aux))
	v := dst[start:]
	binary.BigEndian.PutUint32(v[12:], sumOf(key, v[:12], v[16:]))
	return dst
}

// readState decodes the value v under key; ok is false for nil, which means that
// there is no record.
func readState(key, v []byte) (s state, ok bool, err error) {
	if v == nil {
		return s, false, nil
	}
	if len(v) != stateLen || (v[0] != byte(kindWaiting) && v[0] != byte(kindSettled)) {
		return s, false, errRecord
	}
	s = state{kind: kind(v[0]), verdict: v[1], class: class(v[2]), run: binary.BigEndian.Uint32(v[4:]), aux: int64(binary.BigEndian.Uint64(v[16:]))}
	switch {
	case v[3] == stateOld:
		s.at = int64(binary.BigEndian.Uint64(v[8:]))
	case v[3] == stateSummed && binary.BigEndian.Uint32(v[12:]) == sumOf(key, v[:12], v[16:]):
		s.at = int64(binary.BigEndian.Uint32(v[8:]))
	default:
		return state{}, false, errRecord
	}
	return s, true, nil
}

// wasDelegated reports whether a name that waits was delegated before.
func (s state) wasDelegated() bool { return s.kind == kindWaiting && s.class == classDelegated }

// mark is what the store knows of a name of a list.
type mark struct {
	run       uint32 // that named it last
	delegated bool   // at its last asking; if not, its state record rules
	at        int64  // of that asking, Unix seconds
}

const markLen = 13

func (m mark) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, m.run)
	if m.delegated {
		dst = append(dst, 1)
	} else {
		dst = append(dst, 0)
	}
	return binary.BigEndian.AppendUint64(dst, uint64(m.at))
}

func readMark(v []byte) (m mark, ok bool, err error) {
	if v == nil {
		return m, false, nil
	}
	if len(v) != markLen || v[4] > 1 {
		return m, false, errRecord
	}
	return mark{run: binary.BigEndian.Uint32(v), delegated: v[4] == 1, at: int64(binary.BigEndian.Uint64(v[5:]))}, true, nil
}

// Forms of a queue value, its first octet.
const (
	queueOld    = 1    // schema 1
	queueSummed = 0x3C // shorter, with a sum
)

// decoder reads numbers and octets; a value that ends early or
// counts beyond its end sets bad, and everything read from then on is zero.
type decoder struct {
	buf []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.buf)
	if n <= 0 {
		d.buf, d.bad = nil, true
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.buf, d.bad = nil, true
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) text() string { return string(d.bytes(d.uvarint())) }

func (d *decoder) octet() byte {
	if b := d.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (d *decoder) proof() (p vacant.DNSProof) {
	if at := d.uvarint(); at != 0 {
		p.At = time.Unix(int64(at), 0).UTC()
	}
	p.Status, p.Rcode, p.Flags = vacant.Status(d.octet()), d.octet(), d.octet()
	p.RTTMilli, p.Server = uint16(d.uvarint()), d.text()
	return p
}

// err is nil when everything was read and nothing is left.
func (d *decoder) err() error {
	if d.bad || len(d.buf) != 0 {
		return errRecord
	}
	return nil
}

// queued is a name in the queue for stage two.
type queued struct {
	name   string
	scope  string // id
	source string
	proof  vacant.DNSProof
}

// append encodes q, which stands in the queue under key.
func (q queued) append(dst, key []byte) []byte {
	start := len(dst)
	p := packer{buf: append(dst, queueSummed), base: epoch}
	p.text(q.name)
	p.text(q.scope)
	p.text(q.source)
	p.proof(q.proof)
	return appendSum(p.buf, start, key)
}

func readQueued(key, v []byte) (q queued, err error) {
	if len(v) > 0 && v[0] == queueOld {
		d := decoder{buf: v[1:]}
		q = queued{name: d.text(), scope: d.text(), source: d.text(), proof: d.proof()}
		return q, d.err()
	}
	body, ok := cutSum(key, v)
	if !ok || body[0] != queueSummed {
		return q, errRecord
	}
	u := unpacker{decoder: decoder{buf: body[1:]}, base: epoch, memo: new(memo)}
	q = queued{name: u.text(), scope: u.text(), source: u.text(), proof: u.proof()}
	return q, u.err()
}

// dnsResult is the result of a name that DNS alone decided: registered when
// delegated, else undetermined and to be asked again by the next run.
func dnsResult(name string, p vacant.DNSProof, source, run string) vacant.Result {
	r := leanDNSResult(name, p, source, run)
	r.Evidence = []vacant.Evidence{p.Evidence(r.Name)}
	return r
}

// leanDNSResult is dnsResult without its evidence.
func leanDNSResult(name string, p vacant.DNSProof, source, run string) vacant.Result {
	r := vacant.NewUndetermined(vacant.Name(name), p.Status.Reason(), p.At)
	if p.Status == vacant.StatusDelegated {
		r = vacant.NewRegistered(r.Name, "")
	}
	r.CheckedAt, r.Method, r.DNS, r.Source, r.RunID = p.At, string(vacant.KindDNS), p, source, run
	return r
}
