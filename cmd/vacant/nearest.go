package main

// nearest returns the word of known that is fewest edits away from word, ""
// when none is close enough to be a slip of the hand.
func nearest(word string, known []string) string {
	best, limit := "", len(word)/4+2
	for _, k := range known {
		if d := edits(word, k); d < limit && (d == 1 || word[0] == k[0]) {
			best, limit = k, d
		}
	}
	return best
}

// edits counts the insertions, deletions and replacements that turn a into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
