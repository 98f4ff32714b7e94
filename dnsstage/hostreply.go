package dnsstage

import (
	"errors"
	"net/netip"
	"slices"

	"vacant/dnsstage/wire"
)

// hostReply takes the end of a question about a host.
func (l *loop) hostReply(t *hostTask, r *wire.Reply) {
	if t.ended || t.ctx.Err() != nil {
		l.account(t.aside.server, r, t.aside.ending(fateOf(r, true)))
		return
	}
	v := readHost(t.chain, t.types[t.kind], r, t.aside.query.TCP)
	l.account(t.aside.server, r, t.aside.ending(fateOf(r, v.act != elsewhere || v.cause&(causeServfail|causeRefused) == 0)))
	switch v.act {
	case elsewhere:
		l.hostElsewhere(t, v.cause)
	case overTCP:
		t.tcp = true
		l.hosts.again.push(t)
	case learnCut: // further down the chain
		t.chain = append(t.chain, v.aliases...)
		t.askAnew()
		l.hosts.again.push(t)
	default:
		l.hostAnswered(t, &v)
	}
}

// hostElsewhere asks again, of another server where there is one.
func (l *loop) hostElsewhere(t *hostTask, c cause) {
	t.met |= c
	if int(t.askings) > l.cfg.Retries {
		l.endHost(t, hostError(t.met))
		return
	}
	t.tcp = false
	if c == causeTimeout && l.udp != nil {
		t.silent++
		t.tcp = t.silent == 2 // what UDP has lost twice goes over TCP once
	}
	l.hosts.again.push(t)
}

// hostAnswered goes on to the next address family, or ends the host.
func (l *loop) hostAnswered(t *hostTask, v *hostRuling) {
	t.host.Addrs = append(t.host.Addrs, v.addrs...)
	t.chain = append(t.chain, v.aliases...)
	t.host.Canonical = t.chain[len(t.chain)-1]
	none := errors.Is(v.err, ErrNoAddress)
	if last := t.kind == len(t.types)-1; !last && (v.err == nil || none) {
		t.kind++
		t.chain = t.chain[:1]
		t.askAnew()
		l.hosts.again.push(t)
		return
	}
	// Some servers say NXDOMAIN where they mean no address of this family.
	if len(t.host.Addrs) > 0 && (none || errors.Is(v.err, ErrNoHost)) {
		v.err = nil
	}
	l.endHost(t, v.err)
}

// askAnew begins another question.
func (t *hostTask) askAnew() { t.askings, t.silent, t.tcp, t.met = 0, 0, false, 0 }

// endHost tells what was found; out has room, for the caller counts.
func (l *loop) endHost(t *hostTask, err error) {
	t.host.Err, t.ended = err, true
	t.out <- t.host
}

// hostError is how a host ends that met only these causes.
func hostError(c cause) error {
	if c&(causeServfail|causeRefused|causeNonsense) != 0 {
		return ErrHostRefused
	}
	return ErrHostTimeout
}

// hostRuling is what a reply about a host means: settle, elsewhere, overTCP, or
// learnCut for a chain of CNAME records that goes on elsewhere.
type hostRuling struct {
	act     action
	cause   cause // for elsewhere
	addrs   []netip.Addr
	aliases []string // that lead on from the name asked
	err     error    // for settle
}

// readHost says what a reply about the last name of chain means.
func readHost(chain []string, qtype uint16, r *wire.Reply, tcp bool) hostRuling {
	if v, ok := unreadable(r, tcp); !ok {
		return hostRuling{act: v.act, cause: v.cause}
	}
	if !r.RA {
		return hostRuling{act: elsewhere, cause: causeNonsense}
	}
	aliases, err := followAliases(chain, r.Aliases())
	v := hostRuling{act: settle, aliases: aliases, err: err}
	if err != nil {
		return v
	}
	at := chain[len(chain)-1]
	if len(aliases) > 0 {
		at = aliases[len(aliases)-1]
	}
	for _, a := range r.Addresses(wire.Answer) {
		if a.Owner == at && a.Addr.Is4() == (qtype == wire.TypeA) {
			v.addrs = append(v.addrs, a.Addr)
		}
	}
	switch {
	case len(v.addrs) > 0:
	case r.Rcode == wire.RcodeNXDomain:
		v.err = ErrNoHost
	case len(aliases) > 0 && r.SOAOwner == nil:
		v.act = learnCut // the resolver went no further
	default:
		v.err = ErrNoAddress
	}
	return v
}

// followAliases goes along the CNAME records of one reply, from the last name of
// chain, and returns the names that they lead to.
func followAliases(chain []string, records []wire.Alias) (led []string, err error) {
	if len(records) == 0 {
		return nil, nil
	}
	to := make(map[string]string, len(records))
	for _, r := range records {
		if _, twice := to[r.Owner]; !twice {
			to[r.Owner] = r.Target
		}
	}
	for at := chain[len(chain)-1]; ; at = led[len(led)-1] {
		next, ok := to[at]
		switch {
		case !ok:
			return led, nil
		case slices.Contains(chain, next) || slices.Contains(led, next):
			return led, ErrAliasLoop
		case len(chain)+len(led) > maxAliases:
			return led, ErrAliasChain
		}
		led = append(led, next)
	}
}
