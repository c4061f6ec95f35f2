import Plus from "lucide-solid/icons/plus";
import Shapes from "lucide-solid/icons/shapes";
import { createSignal, For, Show } from "solid-js";
import { createCatalogue, type Registration } from "../state/types.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Loaded } from "../ui/loaded.tsx";
import { NextPage } from "../ui/next_page.tsx";
import { EmptyNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { TypeCard } from "../ui/type_card.tsx";
import { TypeForm } from "../ui/type_form.tsx";
import { TypeItem } from "../ui/type_item.tsx";

/** The catalogue of types: what applications publish, with what data. */
export function TypesPage() {
  const { pages, types } = createCatalogue();
  const [isNew, setNew] = createSignal(false);
  const [chosen, setChosen] = createSignal("");
  const [said, setSaid] = createSignal("");
  const type = () => types().find(({ name }) => name === chosen());
  const done = ({ name, version, change }: Registration) => {
    setSaid(`${name} version ${version} ${OUTCOMES[change]}`);
    setNew(false);
    setChosen("");
  };
  const create = (
    <button type="button" class="button primary" onClick={() => setNew(true)}>
      <Plus size={16} />
      New type
    </button>
  );
  return (
    <Page
      title="Types"
      about="What applications publish, with what data: checked, with defaults and texts filled in."
      actions={create}
    >
      <p class="visually-hidden" role="status">
        {said()}
      </p>
      <Loaded query={pages} loading="Loading the types…">
        {() => (
          <>
            <ul class="list" aria-label="Types">
              <For each={types()}>{(it) => <TypeItem type={it} onOpen={() => setChosen(it.name)} />}</For>
            </ul>
            <Show when={types().length === 0}>
              <EmptyNotice icon={<Shapes size={24} />} title="No types yet">
                Without one, notifications carry whatever data they are given.
              </EmptyNotice>
            </Show>
            <NextPage pages={pages} />
          </>
        )}
      </Loaded>
      <Dialog title="New type" isOpen={isNew()} isWide onClose={() => setNew(false)}>
        <TypeForm onDone={done} />
      </Dialog>
      <Dialog title={chosen()} isOpen={type() !== undefined} isWide onClose={() => setChosen("")}>
        <Show when={type()}>{(it) => <TypeCard newest={it()} onDone={done} />}</Show>
      </Dialog>
    </Page>
  );
}

const OUTCOMES = { created: "was registered", updated: "was changed", unchanged: "is as it was" } as const;
