//go:build linux

package rig

import (
	"slices"
	"strconv"
	"strings"
)

// udpOverflows sums the RcvbufErrors of /proc/net/snmp (a line of names, a line
// of numbers) or /proc/net/snmp6 (a name and a number a line).
func udpOverflows(text string) int {
	total := 0
	var names []string
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "Udp6RcvbufErrors":
			n, _ := strconv.Atoi(words[1])
			total += n
		case len(words) > 1 && words[0] == "Udp:" && names == nil:
			names = words
		case len(words) > 1 && words[0] == "Udp:":
			if i := slices.Index(names, "RcvbufErrors"); i > 0 && i < len(words) {
				n, _ := strconv.Atoi(words[i])
				total += n
			}
		}
	}
	return total
}
