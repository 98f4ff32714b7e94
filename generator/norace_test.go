//go:build !race

package generator

const raced = false
