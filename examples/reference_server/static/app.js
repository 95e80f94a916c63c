// Draws lines over time from the tables beside them, and shows the row under the pointer. Everything else is HTML.
"use strict";

(() => {
  const style = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const write = (value) => compact.format(value).replace("-", "−").replace("K", "k");

  // Days are the finest there is; years stand below the first of their months or days.
  const DAY = 86400;
  const STEPS = [1, 2, 3, 4, 5, 7, 10, 15, 30, 60, 90, 180, 365, 730, 1825, 3650].map((days) => days * DAY);
  const rest = [null, null, null, null, null, 1];
  const NAMES = [
    [365 * DAY, "{YYYY}", null, ...rest],
    [28 * DAY, "{MMM}", "\n{YYYY}", ...rest],
    [DAY, "{D} {MMM}", "\n{YYYY}", ...rest],
  ];

  function readSeries(table) {
    const rows = [...table.querySelectorAll("tr[data-day]")];
    return {
      rows,
      days: rows.map((row) => Date.parse(row.dataset.day) / 1000),
      values: rows.map((row) => Number(row.dataset.value)),
    };
  }

  function axis(root, more) {
    return {
      stroke: style(root, "--muted"),
      font: `11px ${style(document.body, "font-family")}`,
      grid: { stroke: style(root, "--rule"), width: 1 },
      ticks: { show: false },
      ...more,
    };
  }

  function draw(place) {
    const root = document.documentElement;
    const table = document.getElementById(place.dataset.draws);
    const readout = document.querySelector(`[data-readout="${place.dataset.draws}"]`);
    const { rows, days, values } = readSeries(table);
    const tell = (index) => {
      const row = rows[index ?? rows.length - 1];
      readout.textContent = row ? `${row.cells[0].textContent}: ${row.cells[3].textContent}` : "";
    };
    const accent = style(root, "--accent");
    const chart = new uPlot(
      {
        width: place.clientWidth,
        height: place.clientHeight,
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        padding: [8, 20, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, fill: accent } },
        series: [{}, { stroke: accent, width: 2, fill: `${accent}1f`, points: { show: rows.length < 2 } }],
        axes: [
          axis(root, { grid: { show: false }, space: 56, incrs: STEPS, values: NAMES }),
          axis(root, { size: 52, gap: 6, values: (_, splits) => splits.map(write) }),
        ],
        hooks: { setCursor: [(drawn) => tell(drawn.cursor.idx)] },
      },
      [days, values],
      place,
    );
    tell(null);
    return chart;
  }

  function show(place) {
    let chart = draw(place);
    new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: place.clientHeight })).observe(place);
    // A drawing does not follow the colours of the page by itself.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      chart.destroy();
      chart = draw(place);
    });
  }

  // Closes the list of books when somebody goes on elsewhere, or presses Escape.
  function closeSwitch(event) {
    const open = document.querySelector("details.switch[open]");
    if (open && (event.key === "Escape" || (event.type !== "keydown" && !open.contains(event.target)))) {
      open.open = false;
      if (event.key === "Escape") open.querySelector("summary").focus();
    }
  }

  document.querySelectorAll("[data-draws]").forEach(show);
  for (const kind of ["click", "focusin", "keydown"]) document.addEventListener(kind, closeSwitch);
})();
