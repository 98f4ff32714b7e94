// Package ui is part of vacant.
package ui
