// SPDX-License-Identifier: Apache-2.0
// The look of all pages: light or dark as the reader's system is, narrow screens, paper.
//
// Numbers stand flush right, so that they can be compared. What is wide (tables) scrolls within its own box. Colours of
// curves and areas are --c0 … --c9, chosen for each background.
#pragma once
#include <string_view>

namespace seg {

inline constexpr std::string_view kPageStyle = R"(
:root { color-scheme: light dark; --line: #8884; --faint: #5f6672; --card: #f3f4f6; --ground: #fff; --text: #17202a;
  --c0: #1f6fc4; --c1: #d4551c; --c2: #2b8a57; --c3: #8d44ad; --c4: #a97a00; --c5: #00838f; --c6: #c2185b;
  --c7: #5d6d7e; --c8: #5f8a1e; --c9: #8a5a44; --good: 43, 138, 87; --bad: 200, 62, 40; }
@media screen and (prefers-color-scheme: dark) { :root { --line: #9996; --faint: #9aa4b2; --card: #1e242c;
  --ground: #14181d; --text: #e4e8ee; --c0: #6aabff; --c1: #ff9466; --c2: #5fce95; --c3: #c99bef; --c4: #e3bd4a;
  --c5: #52cfdb; --c6: #ff82b8; --c7: #a8b6c5; --c8: #b3d070; --c9: #cba693; --good: 50, 140, 95;
  --bad: 205, 75, 55; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem;
  background: var(--ground); color: var(--text); }
h1 { font-size: 1.5rem; margin-bottom: .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .6rem 0; } a { color: var(--c0); }
table { border-collapse: collapse; }
th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } td.number { white-space: nowrap; }
td.any { overflow-wrap: anywhere; min-width: 5.5rem; } td.whole { white-space: nowrap; } tr.sum td { font-weight: 600; }
.wide { overflow-x: auto; max-width: 100%; }
.faint, .remedy, figcaption { color: var(--faint); }
td.marked { position: relative; padding-left: 1.4rem; }
.swatch { position: absolute; left: 0; top: .45rem; width: .8rem; height: .8rem; border: 1px solid var(--line); }
.bar { display: inline-block; height: .7rem; min-width: 1px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem;
  margin-top: 1rem; }
figure { margin: 0; } figure img { max-width: 100%; height: auto; } .pictures img { width: 100%; }
figcaption { font-size: .85rem; overflow-wrap: anywhere; }
.problem { border-left: 4px solid #d33; padding-left: .8rem; margin: .8rem 0; }
.warning { border-left: 4px solid #d90; padding-left: .8rem; margin: .8rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); gap: .6rem; padding: 0;
  margin: 1rem 0; }
.tiles li { list-style: none; background: var(--card); border-radius: .4rem; padding: .5rem .6rem; }
.tiles b { display: block; font-size: 1.3rem; line-height: 1.3; overflow-wrap: anywhere; }
.tiles span { color: var(--faint); font-size: .8rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.2rem 1.6rem; }
h1 + .plots { margin-top: 1rem; }
.plot figcaption { color: inherit; font-size: 1rem; font-weight: 600; }
.plot svg { width: 100%; height: auto; display: block; margin-top: .3rem; overflow: visible; }
.plot text { fill: var(--faint); font-size: 12px; font-family: inherit; }
.grid path { stroke: var(--line); fill: none; } .grid .base { stroke: var(--faint); }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .raw { stroke-width: 1; opacity: .35; }
.legend { display: flex; flex-wrap: wrap; gap: 0 .9rem; margin: .1rem 0; padding: 0; font-size: .85rem; }
.legend li { list-style: none; overflow-wrap: anywhere; } .legend b { font-weight: 600; }
.legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -.1rem; }
.meter { display: inline-block; width: 9rem; height: .7rem; background: var(--card); }
.meter i { display: block; height: 100%; min-width: 1px; }
.shares { display: flex; height: 1.6rem; margin: .4rem 0; } .shares i { display: block; height: 100%; min-width: 0; }
.matrix { font-size: .75rem; } .matrix td, .matrix th { padding: .1rem .3rem; text-align: right; }
.matrix th.row { text-align: left; white-space: nowrap; }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; vertical-align: bottom; }
.pixels { image-rendering: pixelated; width: min(100%, 40rem); border: 1px solid var(--line); }
pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; } summary { cursor: pointer; margin: .5rem 0; }
@media (max-width: 34rem) { body { margin: 1rem auto; } .plot text { font-size: 15px; } .meter { width: 5rem; }
  .pictures { grid-template-columns: 1fr; } table { font-size: .85rem; } th, td { padding-right: .6rem; }
  .swatch { top: .35rem; } .bar { font-size: .4em; }
  .matrix { font-size: .7rem; } .matrix td, .matrix th { padding: .1rem .15rem; } }
@media print { :root { color-scheme: light; font-size: 12px; } body { max-width: none; font-size: 11px; margin: 0; }
  nav { display: none; } th, td { padding-right: .5rem; }
  .plot, .pictures figure, .tiles li, tr { break-inside: avoid; }
  h2, h3, tr:first-child { break-after: avoid; } tr.sum:last-child { break-before: avoid; }
  .plot text { font-size: 16px; }
  .wide { overflow: visible; } .matrix { break-inside: avoid; }
  .plots { grid-template-columns: 1fr 1fr; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)";

}  // namespace seg
