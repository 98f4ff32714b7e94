//go:build linux

package main

import (
	"context"
	"net/netip"

	"vacant/cmd/internal/rig"
	"vacant/dnsstage/dnstest"
)

// knot is the same contest against a real server: Knot with a zone of com in
// which the names are delegated or not, asked as an authority, over IPv4 and IPv6.
func (b *bench) knot(ctx context.Context) error {
	for _, addr := range []string{"127.0.0.1", "::1"} {
		if err := b.knotAt(ctx, netip.MustParseAddr(addr)); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) knotAt(ctx context.Context, addr netip.Addr) error {
	dir, err := b.sub("knot")
	if err != nil {
		return err
	}
	zone := rig.Knot{Names: b.names, Taken: dnstest.Taken[string]}
	at, stop, err := zone.Start(ctx, dir, netip.AddrPortFrom(addr, 0))
	if err != nil {
		return err
	}
	defer stop()
	f := b.newField(nil)
	f.server, f.authority = at, true
	all, peer, err := f.contenders(ctx)
	if err != nil {
		return err
	}
	return f.contest(ctx, "Knot at "+addr.String()+", authority mode, referrals", all, peer)
}
