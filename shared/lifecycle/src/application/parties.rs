//! Whose an application is: the owner, and the membership that it has.

use model::field::Field;
use model::resources::membership::computed::principal_id;
use model::resources::membership::{self as m, Memberships, Status};
use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::people::{Contacts, Organizations};
use model::{Error, Record, Result};
use store::Store;

pub struct Parties {
    pub owner: Record,
    pub owner_type: OwnerType,
    pub owner_id: String,
    /// The owner's principal membership, if there is one.
    pub member: Option<Record>,
}

impl Parties {
    /// # Errors
    /// `Invalid` naming the field of an owner who is not there.
    pub async fn of(store: &Store, application: &Record) -> Result<Parties> {
        let field = owner_field(application);
        let owner_type = application.get(OWNER_TYPE).unwrap_or(OwnerType::Contact);
        let owner = application.text(field);
        let found = Parties::find(store, owner_type, owner).await?;
        found.ok_or_else(|| unknown(field, owner_type, owner))
    }

    /// `None` where there is no such owner.
    pub async fn find(store: &Store, owner_type: OwnerType, id: &str) -> Result<Option<Parties>> {
        let principal = principal_id(owner_type, id);
        let owner = async {
            match owner_type {
                OwnerType::Organization => store.get_consistent::<Organizations>(id).await,
                OwnerType::Contact => store.get_consistent::<Contacts>(id).await,
            }
        };
        let (owner, member) =
            futures::join!(owner, store.get_consistent::<Memberships>(&principal));
        let member = member?;
        Ok(owner?.map(|owner| Parties {
            owner,
            owner_type,
            owner_id: id.to_owned(),
            member,
        }))
    }

    /// The id of the membership that the owner has or will have.
    pub fn membership_id(&self) -> String {
        principal_id(self.owner_type, &self.owner_id)
    }

    /// The membership, or what stands for the one that is to be: nobody's yet,
    /// so inactive.
    pub fn member_or_applicant(&self) -> Record {
        self.member.clone().unwrap_or_else(|| {
            let mut applicant = Record::default();
            applicant.set(m::ID, self.membership_id());
            applicant.set(OWNER_TYPE, self.owner_type);
            applicant.set(owner_field(&applicant), self.owner_id.clone());
            applicant.set(m::STATUS, Status::Inactive);
            applicant
        })
    }
}

fn unknown(field: Field<String>, owner_type: OwnerType, id: &str) -> Error {
    let rule = format!("{owner_type}s {id} does not exist");
    Error::invalid(format!("/{}", field.name()), rule)
}
