// Muted, looping previews that play while they are in view and cost nothing while they are not.

const IN_VIEW = 0.6;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Moving pictures are for those who did not ask for less motion or less data. */
export const mayMove = () => !calm.matches && navigator.connection?.saveData !== true;

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, intersectionRatio } of entries) {
      target.dataset.inView = String(intersectionRatio >= IN_VIEW);
      settle(target);
    }
  },
  { threshold: [0, IN_VIEW] },
);

function settle(video) {
  const wanted = video.dataset.inView === "true" && !document.hidden && mayMove();
  if (!wanted) {
    video.pause();
    return;
  }
  if (!video.src) video.src = video.dataset.source; // not one byte before it is seen
  video.play().catch(() => {}); // refused to play by itself: the poster stays
}

/** Start and stop what should; also after elements moved, which stops their videos. */
export function settleAll() {
  document.querySelectorAll("video[data-source]").forEach(settle);
}

document.addEventListener("visibilitychange", settleAll);
calm.addEventListener("change", settleAll);

/** Return a preview that minds itself once it is in the page. */
export function autoplaying(clip) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, loop: true, playsInline: true, preload: "none" });
  video.setAttribute("muted", "");
  video.tabIndex = -1;
  video.setAttribute("aria-hidden", "true");
  video.dataset.source = clip.url;
  video.addEventListener("playing", () => video.classList.add("is-playing"));
  watcher.observe(video);
  return video;
}

/** Let go of the previews in what is about to leave the page. */
export function release(element) {
  for (const video of element.querySelectorAll("video[data-source]")) {
    watcher.unobserve(video);
    video.pause();
    video.removeAttribute("src");
    video.load();
  }
}
