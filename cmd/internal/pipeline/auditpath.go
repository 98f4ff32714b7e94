package pipeline

import (
	"context"
	"fmt"
	"strings"

	"vacant"
	"vacant/dnsstage"
	"vacant/store"
)

// registryPath says which registry sources are asked.
type registryPath uint8

const (
	askNone   registryPath = iota
	askPort43              // WHOIS and DAS, without RDAP
	askRDAP                // RDAP alone
	askBoth                // as a check does
	registryPaths
)

// Why a name has no independent path.
const (
	noneBoth     = "it rests on both sources there are"
	noneTable    = "it rests on a table of closed TLDs, not on an answer"
	noneWords    = "RDAP has no word for reserved or premium"
	noneRegistry = "no other registry source of the suffix could contradict it"
	noneDNS      = "no other way to ask DNS, and no registry source"
)

// choosePaths finds for each case the path that its record does not rest on.
func (a *auditor) choosePaths(ctx context.Context) error {
	a.ask.init(a.cfg)
	for _, c := range a.cases {
		if err := a.choose(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (a *auditor) choose(ctx context.Context, c *auditCase) (err error) {
	other, err := a.ask.otherWay(ctx, c)
	if err != nil {
		return err
	}
	if c.class == store.SampleDelegated {
		if c.dns = other; other != "" {
			return nil
		}
		c.path = askBoth
	} else if c.path, c.none = pathOf(&c.Result); c.none != "" {
		return nil
	}
	able, err := a.ask.canConfirm(ctx, c.path, c.suffix)
	switch {
	case err != nil:
		return err
	case !able && c.class == store.SampleDelegated:
		c.path, c.none = askNone, noneDNS
	case !able:
		c.path, c.none = askNone, noneRegistry
	default:
		// The registry's answer is what is independent; DNS stands under it, by another way where there is one.
		c.dns, err = a.ask.anyWay(ctx, other)
	}
	return err
}

// pathOf returns the registry sources that a record does not rest on.
func pathOf(r *vacant.Result) (registryPath, string) {
	rdap := strings.Contains(r.Method, string(vacant.KindRDAP))
	switch {
	case r.Reason() == vacant.ReasonClosedTLD:
		return askNone, noneTable
	case strings.Contains(r.Method, "+"):
		return askNone, noneBoth
	case rdap:
		return askPort43, ""
	case r.Verdict() == vacant.Reserved || r.Verdict() == vacant.Premium:
		return askNone, noneWords
	}
	return askRDAP, ""
}

// wayOf returns the way by which DNS was asked about a name. Of progress and
// lists the store does not know; a hunt's own way is the authority.
func wayOf(d *store.Drawn) dnsstage.Via {
	if d.Recorded && d.Result.DNS.Flags&vacant.FlagResolver != 0 {
		return dnsstage.ViaResolvers
	}
	return dnsstage.ViaAuthority
}

// otherWay returns the way of asking DNS that a case's record does not rest on,
// "" if there is none: the one that the user names, if it is another.
func (k *askers) otherWay(ctx context.Context, c *auditCase) (dnsstage.Via, error) {
	was := wayOf(&c.Drawn)
	other := dnsstage.ViaResolvers
	if was == other {
		other = dnsstage.ViaAuthority
	}
	if k.cfg.DNS.Via != dnsstage.ViaAuto {
		other = k.cfg.DNS.Via
		if c.Recorded && other == was {
			return "", nil
		}
	}
	open, err := k.canAsk(ctx, other)
	if err != nil || !open {
		return "", err
	}
	return other, nil
}

// anyWay returns prefer, or if that is none a way that works.
func (k *askers) anyWay(ctx context.Context, prefer dnsstage.Via) (dnsstage.Via, error) {
	if prefer != "" {
		return prefer, nil
	}
	for _, way := range []dnsstage.Via{dnsstage.ViaAuthority, dnsstage.ViaResolvers} {
		if k.cfg.DNS.Via != dnsstage.ViaAuto && k.cfg.DNS.Via != way {
			continue
		}
		if open, err := k.canAsk(ctx, way); err != nil || open {
			return way, err
		}
	}
	return "", fmt.Errorf("%w: %w", ErrNoWay, k.why())
}
