package vacant

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxProofAge is how old a proven NXDOMAIN may be when it supports "available".
const MaxProofAge = 24 * time.Hour

// Inquiry is a name that DNS could not rule out, on its way to stage two.
type Inquiry struct {
	Name   Name
	DNS    DNSProof
	Source string // which source of candidates named it
}

// DNSProof is what stage one found for one name, in lasting form.
type DNSProof struct {
	At       time.Time `json:"at"`
	Status   Status    `json:"status"`
	Rcode    uint8     `json:"rcode"`
	Server   string    `json:"server"`
	Flags    uint8     `json:"flags,omitempty"`
	RTTMilli uint16    `json:"rtt_ms,omitempty"`
}

// Proof returns the lasting form of answer i of the batch.
func (b *Batch) Proof(i int) DNSProof {
	a := b.Answers[i]
	return DNSProof{At: a.Time(), Status: a.Status, Rcode: a.Rcode, Server: b.Servers.Text(a.Server), Flags: a.Flags, RTTMilli: a.RTT}
}

// Wildcard reports whether the zone has no NXDOMAIN, so that two registry sources must agree.
func (p DNSProof) Wildcard() bool { return p.Flags&FlagWildcard != 0 }

// Synthetic reports whether the name was not asked itself but lies in a range
// that the zone denies (RFC 8198).
func (p DNSProof) Synthetic() bool { return p.Flags&FlagSynthetic != 0 }

// Supports reports whether the proof can stand under "available" at time now:
// nil, or what is missing.
func (p DNSProof) Supports(now time.Time) error {
	switch {
	case p.Status != StatusNXDomain && (p.Status != StatusNodata || !p.Wildcard()):
		return fmt.Errorf("DNS says %s, not nxdomain", p.Status)
	case p.Flags&FlagProven == 0 || p.Synthetic():
		return errors.New("the name itself was not proven absent")
	case p.At.IsZero() || now.Sub(p.At) > MaxProofAge:
		return errors.New("the proof is more than 24 hours old")
	}
	return nil
}

// Evidence returns the proof as a line of the ledger.
func (p DNSProof) Evidence(name Name) Evidence {
	via := "authority"
	if p.Flags&FlagResolver != 0 {
		via = "resolver"
	}
	if p.Synthetic() {
		via = "denial"
	}
	code := ""
	if p.Rcode != RcodeNone {
		code = fmt.Sprint(p.Rcode)
	}
	return Evidence{At: p.At, Kind: KindDNS, Asked: string(name), Server: p.Server, Code: code, Says: p.Status.String(), Via: via}
}

// Result is the verdict on one name with all that led to it. The verdict and
// the reason can only be set by the constructors, and "available" only by
// [NewAvailable]: a result cannot be both available and failed.
type Result struct {
	Name           Name
	Lifecycle      Lifecycle
	RetryAfter     time.Time // undetermined: not to be asked again before; zero = at any time
	CheckedAt      time.Time
	Method         string // what decided: dns, rdap, whois, das, or two joined by "+"
	DNS            DNSProof
	RegistryServer string
	RegistryCode   string
	Registrar      string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	Source         string
	RunID          string
	Evidence       []Evidence

	verdict Verdict
	reason  Reason
}

// Verdict returns what is proven.
func (r *Result) Verdict() Verdict { return r.verdict }

// Reason returns why nothing more is proven; empty unless undetermined or reserved.
func (r *Result) Reason() Reason { return r.reason }

// Proof is everything that "available" needs. See [NewAvailable].
type Proof struct {
	DNS           DNSProof
	Registry      Evidence  // the registry's no, about this name
	Second        *Evidence // a second registry source that agrees; needed in a wildcard zone
	ControlBefore time.Time // the registered control that opened the batch held at
	ControlAfter  time.Time // ... and the one that closed it
}

// NewAvailable makes the only kind of result that says available, or an error
// that says what the proof lacks.
func NewAvailable(name Name, p Proof, now time.Time) (Result, error) {
	if err := p.check(now); err != nil {
		return Result{}, fmt.Errorf("%s cannot be called available: %w", name, err)
	}
	r := Result{Name: name, CheckedAt: p.Registry.At, DNS: p.DNS, Method: string(p.Registry.Kind),
		RegistryServer: p.Registry.Server, RegistryCode: p.Registry.Code, verdict: Available}
	if p.Second != nil {
		r.Method += "+" + string(p.Second.Kind)
	}
	return r, nil
}

func (p *Proof) check(now time.Time) error {
	if err := p.DNS.Supports(now); err != nil {
		return err
	}
	switch {
	case p.Registry.Says != Available.String() || p.Registry.At.IsZero():
		return errors.New("no registry said no")
	case p.Registry.Kind == "" || p.Registry.Server == "":
		return errors.New("it is not known who said no")
	case p.Registry.Control != "":
		return errors.New("the registry's no is about a control")
	case p.DNS.Wildcard() && p.Second == nil:
		return errors.New("a wildcard zone needs two registry sources")
	case p.Second != nil && p.Second.Says != Available.String():
		return errors.New("the second source does not agree")
	case p.ControlBefore.IsZero() || p.ControlBefore.After(p.Registry.At):
		return errors.New("no good control before it")
	case p.ControlAfter.IsZero() || p.ControlAfter.Before(p.Registry.At):
		return errors.New("no good control after it")
	}
	return nil
}

// NewRegistered returns a result that says registered.
func NewRegistered(name Name, life Lifecycle) Result {
	return Result{Name: name, Lifecycle: life, verdict: Registered}
}

// NewReserved returns a result that says reserved; why may be [ReasonClosedTLD] or empty.
func NewReserved(name Name, why Reason) Result {
	return Result{Name: name, verdict: Reserved, reason: why}
}

// NewPremium returns a result that says free at a premium price.
func NewPremium(name Name) Result { return Result{Name: name, verdict: Premium} }

// NewUndetermined returns a result that proves nothing, and why; retry is the
// earliest time at which asking again makes sense.
func NewUndetermined(name Name, why Reason, retry time.Time) Result {
	if why == ReasonNone {
		why = ReasonBadReply
	}
	return Result{Name: name, RetryAfter: retry, reason: why}
}

// resultJSON is the lasting form of a Result: what the store keeps.
type resultJSON struct {
	Name           Name       `json:"n"`
	Verdict        string     `json:"v"`
	Reason         Reason     `json:"w,omitempty"`
	Lifecycle      Lifecycle  `json:"l,omitempty"`
	RetryAfter     time.Time  `json:"ra,omitzero"`
	CheckedAt      time.Time  `json:"at,omitzero"`
	Method         string     `json:"m,omitempty"`
	DNS            DNSProof   `json:"dns"`
	RegistryServer string     `json:"rs,omitempty"`
	RegistryCode   string     `json:"rc,omitempty"`
	Registrar      string     `json:"rr,omitempty"`
	CreatedAt      time.Time  `json:"ca,omitzero"`
	ExpiresAt      time.Time  `json:"ea,omitzero"`
	Source         string     `json:"s,omitempty"`
	RunID          string     `json:"run,omitempty"`
	Evidence       []Evidence `json:"e,omitempty"`
}

// MarshalJSON encodes the lasting form, the one the store keeps. It is not the
// output format of the program.
func (r Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(resultJSON{r.Name, r.verdict.String(), r.reason, r.Lifecycle, r.RetryAfter, r.CheckedAt, r.Method, r.DNS,
		r.RegistryServer, r.RegistryCode, r.Registrar, r.CreatedAt, r.ExpiresAt, r.Source, r.RunID, r.Evidence})
}

// UnmarshalJSON decodes the lasting form. A verdict it does not know is an
// error, and so is an "available" that carries a reason, lacks its NXDOMAIN at
// the time of the registry's no, or names no registry.
func (r *Result) UnmarshalJSON(data []byte) error {
	var j resultJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	v, ok := ParseVerdict(j.Verdict)
	if !ok {
		return fmt.Errorf("unknown verdict %q", j.Verdict)
	}
	restored, err := Restore(Result{Name: j.Name, Lifecycle: j.Lifecycle, RetryAfter: j.RetryAfter, CheckedAt: j.CheckedAt, Method: j.Method,
		DNS: j.DNS, RegistryServer: j.RegistryServer, RegistryCode: j.RegistryCode, Registrar: j.Registrar, CreatedAt: j.CreatedAt,
		ExpiresAt: j.ExpiresAt, Source: j.Source, RunID: j.RunID, Evidence: j.Evidence}, v, j.Reason)
	if err == nil {
		*r = restored
	}
	return err
}

// Restore returns r with the verdict and reason that a record of it has. It is
// for whoever decodes lasting records: a verdict it does not know is an error,
// and so is an "available" that carries a reason, lacks its NXDOMAIN at the time
// of the registry's no, or names no registry.
func Restore(r Result, v Verdict, why Reason) (Result, error) {
	if int(v) >= len(verdictWords) {
		return Result{}, fmt.Errorf("unknown verdict %d", v)
	}
	r.verdict, r.reason = v, why
	if v == Available {
		if err := r.checkAvailable(); err != nil {
			return Result{}, fmt.Errorf("record of %q says available without proof: %w", r.Name, err)
		}
	}
	return r, nil
}

// checkAvailable reports what a record that says available lacks of what
// [NewAvailable] puts into one.
func (r *Result) checkAvailable() error {
	switch {
	case r.reason != ReasonNone:
		return fmt.Errorf("it has the reason %q", r.reason)
	case r.CheckedAt.IsZero() || r.Method == "" || r.RegistryServer == "":
		return errors.New("it names no registry")
	case r.DNS.Wildcard() && !strings.Contains(r.Method, "+"):
		return errors.New("it has one registry source of two")
	}
	return r.DNS.Supports(r.CheckedAt)
}
