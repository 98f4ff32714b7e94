package rdapstage

import (
	"math/rand/v2"

	"vacant"
)

// freeLabel is how long a random label is: 20 letters are registered by nobody.
const freeLabel = 20

// RandomName returns a name under suffix that nobody can have registered.
func RandomName(suffix string) vacant.Name {
	label := make([]byte, freeLabel)
	for i := range label {
		label[i] = byte('a' + rand.IntN(26))
	}
	return vacant.Name(string(label) + "." + suffix)
}
