//go:build ignore

package main

// This program makes trigrams.txt from a list of words on stdin, one a line:
//
//	go run trigrams_gen.go < /usr/share/dict/american-english > trigrams.txt
//
// Line 27*a+b, column c holds what it costs, in eighths of a bit above '!', that
// letter c follows on a and b; symbol 0 is the word's begin or end.

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strings"
)

const (
	symbols = 27
	shades  = 94 // printable octets, '!' to '~'
)

// Shares of the trigram's, the bigram's and the letter's own frequency.
const trust3, trust2, trust1 = 0.80, 0.15, 0.0499

func main() {
	var n3 [symbols][symbols][symbols]float64
	var n2 [symbols][symbols]float64
	var n1 [symbols]float64
	words := map[string]bool{}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		w := strings.ToLower(in.Text())
		if 3 <= len(w) && len(w) <= 10 && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == "" {
			words[w] = true
		}
	}
	for w := range words {
		if inflected(words, w) {
			continue
		}
		a, b := 0, 0
		for _, r := range w + "`" {
			c := int(r - '`')
			n3[a][b][c]++
			n2[b][c]++
			n1[c]++
			a, b = b, c
		}
	}
	for a := range symbols {
		for b := range symbols {
			var line [symbols]byte
			for c := range symbols {
				p := trust3*share(n3[a][b][:], c) + trust2*share(n2[b][:], c) + trust1*share(n1[:], c) + 0.0001/symbols
				line[c] = '!' + byte(min(math.Round(-8*math.Log2(p)), shades-1))
			}
			fmt.Printf("%s\n", line[:])
		}
	}
}

// inflected reports whether w is another word with an ending: with these, what
// ends in "ing" would pass for the best of names.
func inflected(words map[string]bool, w string) bool {
	for _, end := range []string{"s", "es", "ed", "d", "ing", "ings", "er", "r", "ers", "rs", "est", "ly", "ness"} {
		stem, found := strings.CutSuffix(w, end)
		if found && (words[stem] || words[stem+"e"] || len(stem) > 2 && words[stem[:len(stem)-1]]) {
			return true
		}
	}
	return false
}

func share(counts []float64, i int) float64 {
	sum := 0.0
	for _, n := range counts {
		sum += n
	}
	if sum == 0 {
		return 0
	}
	return counts[i] / sum
}
