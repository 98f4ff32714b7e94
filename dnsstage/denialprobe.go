package dnsstage

import (
	"bytes"
	"context"

	"vacant"
	"vacant/dnsstage/wire"
)

// probeProof asks a zone about a random label with DO and says how the zone
// proves that it does not exist. Servers that have trouble with DO are asked without.
func (f *finder) probeProof(ctx context.Context, suffix string, c *cut) (vacant.Status, proofOfZone, error) {
	status, a, err := f.probeOnce(ctx, suffix, c, true)
	if ctx.Err() != nil {
		return status, proofOfZone{}, err
	}
	if err != nil {
		status, _, err = f.probeOnce(ctx, suffix, c, false)
		return status, proofOfZone{}, err
	}
	if status != vacant.StatusNXDomain || string(a.SOAOwner) != c.origin {
		return status, proofOfZone{}, nil
	}
	var d wire.Denials
	p := readProof(d.Read(&a.Message))
	if a.OverTCP && p.kind != proofNone {
		p = proofOfZone{kind: proofLarge} // UDP cut it short
	}
	return status, p, nil
}

// readProof tells how a zone denies by what came with one NXDOMAIN.
func readProof(records []wire.Denial) (p proofOfZone) {
	for i := range records {
		e := &records[i]
		switch {
		case e.Type == wire.TypeNSEC && p.kind == proofNone:
			p.kind = proofNSEC
		case e.Type != wire.TypeNSEC3:
		case e.Flags&wire.OptOut != 0:
			return proofOfZone{kind: proofOptOut}
		case e.Iterations > maxIterations:
			return proofOfZone{kind: proofCostly}
		default:
			p = proofOfZone{kind: proofNSEC3, iterations: e.Iterations, salt: bytes.Clone(e.Salt)}
		}
	}
	return p
}
