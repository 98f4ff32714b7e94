package udp

import (
	"fmt"
	"net/netip"
)

// GSO says when queries of one size to one server are given to the system as
// one buffer that it cuts (UDP generic segmentation offload, Linux 4.18).
// Packets then pass the sender's stack as one, for about half of the CPU time;
// on loopback the receiver pays for the cutting.
type GSO uint8

// The settings.
const (
	GSOAuto GSO = iota // unless the server is on loopback, where it would pay for us
	GSOOff
	GSOOn
)

// ParseGSO reads "auto", "off" or "on".
func ParseGSO(text string) (GSO, error) {
	for g, name := range gsoNames {
		if text == name {
			return GSO(g), nil
		}
	}
	return GSOAuto, fmt.Errorf("%q: want auto, off or on", text)
}

var gsoNames = [...]string{GSOAuto: "auto", GSOOff: "off", GSOOn: "on"}

// String returns the setting's name.
func (g GSO) String() string { return gsoNames[g] }

// pays reports whether packets to a server are worth cutting by the system.
func (g GSO) pays(to netip.AddrPort) bool {
	return g == GSOOn || g == GSOAuto && !to.Addr().IsLoopback()
}
