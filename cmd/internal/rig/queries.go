//go:build linux

package rig

import (
	"fmt"
	"slices"
	"strings"
)

// Queries is what captured queries have in common.
type Queries struct {
	All, OfNames int     // OfNames: names expected, each counted once
	EDNS, DO     int     // with an OPT record; with DO set in it
	Upper        float64 // share of the letters of names that are capitals
}

// plainFields are what a query has in its header and its one question (RFC 1035 section 4.1).
var plainFields = Packet{"dns.count.queries": "1", "dns.count.answers": "0", "dns.count.auth_rr": "0", "dns.qry.class": "0x0001"}

// The flags of a query, all sixteen bits: RD or none. AD and CD are nobody's to ask.
var (
	authorityFlags = Packet{"dns.flags": "0x0000"}
	resolverFlags  = Packet{"dns.flags": "0x0100"}
)

// ednsFields are what its OPT record has, if it has one (RFC 6891 section 6.1.2):
// version 0, no flag but DO (RFC 3225), and the size that fits a frame anywhere.
var ednsFields = Packet{
	"dns.count.add_rr": "1", "dns.resp.type": "41", "dns.rr.udp_payload_size": "1232",
	"dns.resp.edns0_version": "0", "dns.resp.ext_rcode": "0x00", "dns.resp.z.reserved": "0x0000",
}

// askable are the types that a query may have: NS of names, and what finds the
// servers of their zone.
var askable = []string{"2", "1", "28", "6", "48"}

// Queried is what was to be asked: the first Names names, as of a resolver (RD)
// or not. All is false where some need no query of their own.
type Queried struct {
	Names   int
	All, RD bool
}

// ReadQueries checks every query, field by field, and which names they are about.
func ReadQueries(packets []Packet, w Queried) (Queries, error) {
	q := Queries{All: len(packets)}
	seen := make(map[int]bool)
	letters, upper := 0, 0
	for _, p := range packets {
		if err := p.isQuery(w.RD); err != nil {
			return q, err
		}
		if p["dns.count.add_rr"] != "0" {
			q.EDNS++
		}
		if p["dns.resp.z.do"] == "1" {
			q.DO++
		}
		name := p["dns.qry.name"]
		l, zone, _ := strings.Cut(name, ".")
		if number, ok := numberOf([]byte(l), 5); ok && number < w.Names && strings.EqualFold(zone, "com") {
			seen[number] = true
		}
		for _, c := range name {
			if c|0x20 >= 'a' && c|0x20 <= 'z' {
				letters++
				if c < 'a' {
					upper++
				}
			}
		}
	}
	q.OfNames = len(seen)
	q.Upper = float64(upper) / float64(max(letters, 1))
	return q, q.problem(w)
}

// isQuery compares one packet with what a query is.
func (p Packet) isQuery(rd bool) error {
	want := []Packet{plainFields, authorityFlags}
	if rd {
		want[1] = resolverFlags
	}
	if p["dns.count.add_rr"] != "0" {
		want = append(want, ednsFields)
	}
	for _, fields := range want {
		for field, value := range fields {
			if p[field] != value {
				return fmt.Errorf("the query of %q has %s %q, want %q", p["dns.qry.name"], field, p[field], value)
			}
		}
	}
	if !slices.Contains(askable, p["dns.qry.type"]) {
		return fmt.Errorf("the query of %q has the type %s", p["dns.qry.name"], p["dns.qry.type"])
	}
	return nil
}

// problem judges them together: half of the letters are capitals, give or take.
func (q *Queries) problem(w Queried) error {
	switch {
	case w.All && q.OfNames != w.Names, q.All == 0:
		return fmt.Errorf("%d queries, %d of %d names were asked", q.All, q.OfNames, w.Names)
	case q.Upper < 0.45 || q.Upper > 0.55:
		return fmt.Errorf("%.2f of the letters are capitals: their case is not drawn", q.Upper)
	}
	return nil
}
