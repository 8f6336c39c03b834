/** Lines over time. Loaded when a page first needs one; the numbers always stand beside it in words too. */
import { LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { hour, short } from '../kit/format';
import { useLook } from '../kit/theme';

use([LineChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);

export interface Line {
  name: string;
  colour: string;
  dashed?: boolean;
  filled?: boolean;
  /** On the right-hand scale. */
  right?: boolean;
  points: [number, number | null][];
}

const LEAST_MS = 10 * 60_000;

/** A few minutes are not drawn as a day. */
function spread(lines: Line[]): { min?: number } {
  const times = lines.flatMap((one) => one.points.map(([at]) => at));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return last - first < LEAST_MS ? { min: last - LEAST_MS } : {};
}

const style = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export default function Lines({ lines, label, height = 260 }: { lines: Line[]; label: string; height?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const { dark } = useLook();
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const chart = init(element, null, { renderer: 'canvas' });
    const [text, line] = [style('--quiet'), style('--line')];
    const axis = { axisLabel: { color: text }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
    const scale = { type: 'value' as const, ...axis, axisLabel: { color: text, formatter: (value: number) => short(value) } };
    const twoScales = lines.some((one) => one.right);
    chart.setOption({
      animation: false,
      aria: { enabled: false },
      backgroundColor: 'transparent',
      textStyle: { fontFamily: style('--font') },
      grid: { left: 8, right: twoScales ? 8 : 16, top: 16, bottom: 36, containLabel: true },
      legend: { bottom: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 4, textStyle: { color: text } },
      tooltip: {
        trigger: 'axis',
        confine: true,
        backgroundColor: style('--raised'),
        borderColor: line,
        textStyle: { color: style('--text') },
        valueFormatter: (value: unknown) => (typeof value === 'number' ? short(value) : '—'),
      },
      xAxis: { type: 'time', ...axis, ...spread(lines), splitLine: { show: false }, axisLabel: { color: text, hideOverlap: true, formatter: (value: number) => hour(value) } },
      yAxis: twoScales ? [scale, { ...scale, splitLine: { show: false } }] : scale,
      series: lines.map((one) => ({
        type: 'line',
        name: one.name,
        data: one.points,
        yAxisIndex: one.right ? 1 : 0,
        showSymbol: one.points.length < 2,
        color: style(one.colour) || one.colour,
        lineStyle: { width: 2, type: one.dashed ? 'dashed' : 'solid' },
        ...(one.filled ? { areaStyle: { opacity: 0.12 } } : {}),
      })),
    });
    const follow = new ResizeObserver(() => chart.resize());
    follow.observe(element);
    return () => {
      follow.disconnect();
      chart.dispose();
    };
  }, [lines, dark]);
  return <div ref={place} className="chart" style={{ height }} role="img" aria-label={label} />;
}
