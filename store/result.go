package store

import (
	"encoding/json"
	"fmt"

	"vacant"
)

// Forms of a result value, its first octet. The second is the verdict, so that
// a query can pass over a record without decoding it.
const (
	formJSON    = 1    // the lasting form of vacant.Result; schema 1
	formDNS     = 2    // what DNS alone said: proof, source and run; schema 1
	formCompact = 0x3C // all of a result in an eighth of the octets, with a sum
)

// Flags of the compact form, its third octet.
const (
	flagDNSAlone  = 1 << iota // only proof, source and run follow; dnsResult makes the rest
	flagOwnsProof             // the first piece of evidence is what the proof says
	knownFlags    = flagDNSAlone | flagOwnsProof
	resultHead    = 3
)

// appendResult encodes r, which is stored under key.
func appendResult(dst, key []byte, r *vacant.Result) []byte {
	start := len(dst)
	p := packer{buf: append(dst, formCompact, byte(r.Verdict()), 0), name: string(r.Name), base: epoch, said: make([]string, 0, maxSaid)}
	p.time(r.CheckedAt)
	if !r.CheckedAt.IsZero() {
		p.base = r.CheckedAt
	}
	p.text(string(r.Lifecycle))
	p.text(string(r.Reason()))
	p.time(r.RetryAfter)
	p.time(r.ExpiresAt)
	p.time(r.CreatedAt)
	for _, s := range []string{r.Method, r.RegistryServer, r.RegistryCode, r.Registrar, r.Source, r.RunID} {
		p.text(s)
	}
	p.proof(r.DNS)
	evidence := r.Evidence
	if len(evidence) > 0 && evidence[0] == r.DNS.Evidence(r.Name) {
		p.buf[start+2] |= flagOwnsProof
		evidence = evidence[1:]
	}
	p.uvarint(uint64(len(evidence)))
	for i := range evidence {
		p.evidence(&evidence[i])
	}
	return appendSum(p.buf, start, key)
}

// appendDNSResult encodes what dnsResult makes of the same arguments.
func appendDNSResult(dst, key []byte, name string, proof vacant.DNSProof, source, run string) []byte {
	verdict := vacant.Undetermined
	if proof.Status == vacant.StatusDelegated {
		verdict = vacant.Registered
	}
	start := len(dst)
	p := packer{buf: append(dst, formCompact, byte(verdict), flagDNSAlone), name: name, base: epoch}
	p.proof(proof)
	p.text(source)
	p.text(run)
	return appendSum(p.buf, start, key)
}

func (p *packer) proof(d vacant.DNSProof) {
	p.time(d.At)
	p.buf = append(p.buf, byte(d.Status), d.Rcode, d.Flags)
	p.uvarint(uint64(d.RTTMilli))
	p.text(d.Server)
}

func (u *unpacker) proof() (d vacant.DNSProof) {
	d.At = u.time()
	d.Status, d.Rcode, d.Flags = vacant.Status(u.octet()), u.octet(), u.octet()
	d.RTTMilli, d.Server = uint16(u.uvarint()), u.text()
	return d
}

func (p *packer) evidence(e *vacant.Evidence) {
	p.time(e.At)
	for _, s := range []string{string(e.Kind), e.Control, e.Server, e.Asked, e.Code, e.Says, string(e.Reason), e.Excerpt, e.Via} {
		p.text(s)
	}
}

func (u *unpacker) evidence() (e vacant.Evidence) {
	e.At, e.Kind, e.Control, e.Server, e.Asked = u.time(), vacant.Kind(u.text()), u.text(), u.text(), u.text()
	e.Code, e.Says, e.Reason, e.Excerpt, e.Via = u.text(), u.text(), vacant.Reason(u.text()), u.text(), u.text()
	return e
}

// verdictOf reads the verdict of the result value under key, whose sum it checks.
func verdictOf(key, v []byte) (vacant.Verdict, error) {
	if len(v) < resultHead || v[1] > byte(vacant.Premium) {
		return 0, errRecord
	}
	switch v[0] {
	case formJSON, formDNS:
		return vacant.Verdict(v[1]), nil
	case formCompact:
		if body, ok := cutSum(key, v); ok && len(body) >= resultHead {
			return vacant.Verdict(v[1]), nil
		}
	}
	return 0, errRecord
}

// reader decodes many results. Its zero value is ready; one goroutine uses it.
type reader struct {
	memo memo
	lean bool // evidence is left out where that saves work
}

// readResult decodes the result value under key. A record whose parts contradict
// each other is refused rather than believed.
func readResult(key, v []byte) (vacant.Result, error) { return new(reader).result(key, v) }

func (d *reader) result(key, v []byte) (r vacant.Result, err error) {
	verdict, err := verdictOf(key, v)
	if err != nil {
		return r, err
	}
	return d.decode(key, v, verdict)
}

// decode is result behind verdictOf.
func (d *reader) decode(key, v []byte, verdict vacant.Verdict) (r vacant.Result, err error) {
	name, _ := splitKey(key)
	switch {
	case v[0] == formJSON:
		r, err = jsonResult(v[2:])
	case v[0] == formDNS:
		r, err = oldDNSResult(string(name), v[2:])
	case v[2]&flagDNSAlone != 0:
		r, err = d.dnsAlone(string(name), v)
	default:
		r, err = d.compact(string(name), v)
	}
	if err != nil {
		return vacant.Result{}, fmt.Errorf("%w: %w", errRecord, err)
	}
	if string(r.Name) != string(name) || r.Verdict() != verdict {
		return vacant.Result{}, errRecord
	}
	return r, nil
}

func jsonResult(text []byte) (r vacant.Result, err error) {
	err = json.Unmarshal(text, &r)
	return r, err
}

func oldDNSResult(name string, body []byte) (vacant.Result, error) {
	d := decoder{buf: body}
	p, source, run := d.proof(), d.text(), d.text()
	if err := d.err(); err != nil {
		return vacant.Result{}, err
	}
	return dnsResult(name, p, source, run), nil
}

// unpack begins the body of a compact value, whose sum has been checked.
func (d *reader) unpack(name string, v []byte) unpacker {
	if d.memo.texts == nil {
		d.memo.texts = make(map[string]string)
	}
	d.memo.said = d.memo.said[:0]
	return unpacker{decoder: decoder{buf: v[resultHead : len(v)-sumLen]}, name: name, base: epoch, memo: &d.memo}
}

func (d *reader) dnsAlone(name string, v []byte) (vacant.Result, error) {
	u := d.unpack(name, v)
	p, source, run := u.proof(), u.text(), u.text()
	if v[2] != flagDNSAlone {
		return vacant.Result{}, errRecord
	}
	if err := u.err(); err != nil {
		return vacant.Result{}, err
	}
	if d.lean {
		return leanDNSResult(name, p, source, run), nil
	}
	return dnsResult(name, p, source, run), nil
}

func (d *reader) compact(name string, v []byte) (r vacant.Result, err error) {
	u := d.unpack(name, v)
	r.Name, r.CheckedAt = vacant.Name(name), u.time()
	if !r.CheckedAt.IsZero() {
		u.base = r.CheckedAt
	}
	r.Lifecycle = vacant.Lifecycle(u.text())
	reason := vacant.Reason(u.text())
	r.RetryAfter, r.ExpiresAt, r.CreatedAt = u.time(), u.time(), u.time()
	r.Method, r.RegistryServer, r.RegistryCode = u.text(), u.text(), u.text()
	r.Registrar, r.Source, r.RunID = u.text(), u.text(), u.text()
	r.DNS = u.proof()
	if !d.lean {
		u.ledger(&r, v[2]&flagOwnsProof != 0)
	}
	if u.bad || (!d.lean && len(u.buf) != 0) || v[2]&^knownFlags != 0 {
		return vacant.Result{}, errRecord
	}
	return vacant.Restore(r, vacant.Verdict(v[1]), reason)
}

// ledger reads the evidence of r.
func (u *unpacker) ledger(r *vacant.Result, ownsProof bool) {
	n := u.uvarint()
	if n > uint64(len(u.buf)) {
		u.fail()
		return
	}
	if ownsProof {
		r.Evidence = append(make([]vacant.Evidence, 0, n+1), r.DNS.Evidence(r.Name))
	} else if n > 0 {
		r.Evidence = make([]vacant.Evidence, 0, n)
	}
	for ; n > 0 && !u.bad; n-- {
		r.Evidence = append(r.Evidence, u.evidence())
	}
}
