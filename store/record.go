package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
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

// state is where a name stands: enough for Admit to decide without the result.
type state struct {
	kind    kind
	verdict uint8 // of the result that is stored, noVerdict if none is
	class   class
	run     uint32 // the run that put it there
	at      int64  // Unix seconds: of the DNS answer for a waiting name, else of the check
	aux     int64  // waiting: its place in the queue; settled: expiry or retry time by class, 0 = none
}

func (s state) append(dst []byte) []byte {
	dst = append(dst, byte(s.kind), s.verdict, byte(s.class), 0)
	dst = binary.BigEndian.AppendUint32(dst, s.run)
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.at))
	return binary.BigEndian.AppendUint64(dst, uint64(s.aux))
}

// readState decodes v; ok is false for nil, which means that there is no record.
func readState(v []byte) (s state, ok bool, err error) {
	if v == nil {
		return s, false, nil
	}
	if len(v) != stateLen || (v[0] != byte(kindWaiting) && v[0] != byte(kindSettled)) {
		return s, false, errRecord
	}
	return state{kind: kind(v[0]), verdict: v[1], class: class(v[2]), run: binary.BigEndian.Uint32(v[4:]),
		at: int64(binary.BigEndian.Uint64(v[8:])), aux: int64(binary.BigEndian.Uint64(v[16:]))}, true, nil
}

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

// Forms of a result value, its first octet. The second is the verdict, so that
// a query can pass over a record without decoding it.
const (
	formJSON = 1 // the lasting form of vacant.Result
	formDNS  = 2 // what DNS alone said: proof, source and run, a fifth of the size
)

// queueForm is the first octet of a queue value.
const queueForm = 1

func appendProof(dst []byte, p vacant.DNSProof) []byte {
	var at uint64
	if !p.At.IsZero() {
		at = uint64(max(p.At.Unix(), 0))
	}
	dst = binary.AppendUvarint(dst, at)
	dst = append(dst, byte(p.Status), p.Rcode, p.Flags)
	dst = binary.AppendUvarint(dst, uint64(p.RTTMilli))
	return appendText(dst, p.Server)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// decoder reads what the append functions wrote; a value that ends early or
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

func (q queued) append(dst []byte) []byte {
	dst = append(dst, queueForm)
	dst = appendText(dst, q.name)
	dst = appendText(dst, q.scope)
	dst = appendText(dst, q.source)
	return appendProof(dst, q.proof)
}

func readQueued(v []byte) (q queued, err error) {
	d := decoder{buf: v}
	if d.octet() != queueForm {
		return q, errRecord
	}
	q = queued{name: d.text(), scope: d.text(), source: d.text(), proof: d.proof()}
	return q, d.err()
}

// appendResult encodes r in full.
func appendResult(dst []byte, r *vacant.Result) ([]byte, error) {
	text, err := json.Marshal(*r)
	if err != nil {
		return nil, fmt.Errorf("keep the result of %q: %w", r.Name, err)
	}
	return append(append(dst, formJSON, byte(r.Verdict())), text...), nil
}

// appendDNSResult encodes what dnsResult makes of the same arguments.
func appendDNSResult(dst []byte, p vacant.DNSProof, source, run string) []byte {
	verdict := vacant.Undetermined
	if p.Status == vacant.StatusDelegated {
		verdict = vacant.Registered
	}
	dst = append(dst, formDNS, byte(verdict))
	dst = appendProof(dst, p)
	dst = appendText(dst, source)
	return appendText(dst, run)
}

// dnsResult is the result of a name that DNS alone decided: registered when
// delegated, else undetermined and to be asked again by the next run.
func dnsResult(name string, p vacant.DNSProof, source, run string) vacant.Result {
	n := vacant.Name(name)
	r := vacant.NewUndetermined(n, p.Status.Reason(), p.At)
	if p.Status == vacant.StatusDelegated {
		r = vacant.NewRegistered(n, "")
	}
	r.CheckedAt, r.Method, r.DNS, r.Source, r.RunID = p.At, string(vacant.KindDNS), p, source, run
	r.Evidence = []vacant.Evidence{p.Evidence(n)}
	return r
}

// verdictOf reads the verdict of a result value.
func verdictOf(v []byte) (vacant.Verdict, error) {
	if len(v) < 2 || v[0] < formJSON || v[0] > formDNS || v[1] > byte(vacant.Premium) {
		return 0, errRecord
	}
	return vacant.Verdict(v[1]), nil
}

// readResult decodes the result value of name. A record whose parts contradict
// each other is refused rather than believed.
func readResult(name string, v []byte) (r vacant.Result, err error) {
	verdict, err := verdictOf(v)
	if err != nil {
		return r, err
	}
	if v[0] == formDNS {
		d := decoder{buf: v[2:]}
		p, source, run := d.proof(), d.text(), d.text()
		if err := d.err(); err != nil {
			return r, err
		}
		r = dnsResult(name, p, source, run)
	} else if err := json.Unmarshal(v[2:], &r); err != nil {
		return r, fmt.Errorf("%w: %w", errRecord, err)
	}
	if string(r.Name) != name || r.Verdict() != verdict {
		return vacant.Result{}, errRecord
	}
	return r, nil
}
