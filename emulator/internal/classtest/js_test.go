package classtest

import "testing"

func TestJS(t *testing.T) { Run(t, JS()) }

func TestJSOrders(t *testing.T) {
	var seeds []uint64
	for seed := range min(*orders, 2) {
		seeds = append(seeds, seed+1)
	}
	Orders(t, JS(), seeds...)
}
