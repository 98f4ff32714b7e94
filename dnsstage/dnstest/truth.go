package dnstest

// freeLabel is the length from which [Taken] calls a label free: control probes
// are that long, names worth having are not.
const freeLabel = 12

// freeOneIn is the share of labels of five or six letters that are free: one in so many.
const freeOneIn = 20

// Taken is the truth that [Plain] tells about a label right below com: one of
// 12 octets or more is free, one in twenty of five or six letters is, every
// other one is delegated. The case of letters does not matter.
func Taken[L string | []byte](label L) bool {
	if len(label) >= freeLabel {
		return false
	}
	if len(label) != 5 && len(label) != 6 {
		return true
	}
	h := uint32(2166136261) // FNV-1a
	for i := range len(label) {
		c := label[i] | 0x20
		if c < 'a' || c > 'z' {
			return true
		}
		h = (h ^ uint32(c)) * 16777619
	}
	return (h>>16^h)%freeOneIn != 0
}
