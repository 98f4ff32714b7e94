package dnsstage

import "bytes"

// belowWire reports whether name is zone or lies below it; both are in wire
// form, lower case, not compressed.
func belowWire(name, zone []byte) bool {
	at := 0
	for len(name)-at > len(zone) {
		at += 1 + int(name[at])
	}
	return len(name)-at == len(zone) && bytes.Equal(name[at:], zone)
}

// maxLabels is how many labels a name of 255 octets can have.
const maxLabels = 128

// compareWire orders names as RFC 4034 section 6.1 does: label by label from the
// right, octets compared as unsigned numbers, what ends first coming first.
func compareWire(a, b []byte) int {
	var x, y [maxLabels]uint8
	n, m := labelStarts(a, &x), labelStarts(b, &y)
	for n > 0 && m > 0 {
		n, m = n-1, m-1
		if c := bytes.Compare(labelAt(a, x[n]), labelAt(b, y[m])); c != 0 {
			return c
		}
	}
	return n - m
}

// labelStarts fills in where the labels of name begin, the root left out.
func labelStarts(name []byte, starts *[maxLabels]uint8) (n int) {
	for at := 0; name[at] != 0; at += 1 + int(name[at]) {
		starts[n] = uint8(at)
		n++
	}
	return n
}

func labelAt(name []byte, at uint8) []byte { return name[int(at)+1 : int(at)+1+int(name[at])] }
